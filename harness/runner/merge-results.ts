import type { Results } from '../scenario/index.ts';
import { overallOutcome } from './outcome.ts';

/** Runs of different worlds, one after the other, as one. */
export function mergeResults(first: Results, ...more: readonly Results[]): Results {
  const all = [first, ...more];
  const runs = all.flatMap((results) => results.runs);
  const images = all.flatMap((results) => results.environment.images);
  return {
    ...first,
    outcome: overallOutcome(runs),
    duration_ms: all.reduce((sum, results) => sum + results.duration_ms, 0),
    environment: { ...first.environment, images: [...new Map(images.map((image) => [image.tag, image])).values()] },
    runs,
    strays: all.flatMap((results) => results.strays),
    unparsed: all.flatMap((results) => results.unparsed),
    unknownNames: all.flatMap((results) => results.unknownNames),
    whole: all.flatMap((results) => results.whole),
    requirements: all.flatMap((results) => results.requirements),
  };
}
