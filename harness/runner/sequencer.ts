import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What of each file runs alone, as effort: filled by the run before Vitest sorts. Key: project name and file. */
export type AloneEfforts = Map<string, number>;

/**
 * Files with scenarios that need an instance to themselves begin first, since those are the longest way
 * through the run, and each is followed by a file of side-by-side ones, so that neither kind of
 * instance waits for the other. Projects stay together: a worker is reused only within one.
 */
export function sequencerFor(alone: AloneEfforts): typeof BaseSequencer {
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(files);
      const projects = [...new Set(sorted.map((file) => file.project))];
      return projects.flatMap((project) => {
        const own = sorted.filter((file) => file.project === project);
        const effort = (file: TestSpecification): number => alone.get(`${project.name} ${file.moduleId}`) ?? 0;
        const lonely = own.filter((file) => effort(file) > 0).sort((a, b) => effort(b) - effort(a));
        return interleave(
          lonely,
          own.filter((file) => effort(file) === 0),
        );
      });
    }
  };
}

/** Takes from both lists in turn; what is left of the longer one follows. */
export function interleave<T>(first: readonly T[], second: readonly T[]): T[] {
  return Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]]).flatMap((pair) =>
    pair.filter((item): item is T & {} => item !== undefined),
  );
}
