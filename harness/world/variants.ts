import type { Diagnostic, Path, YamlSource } from '../base/index.ts';
import { unknownName } from './cross-check.ts';
import type { WorldYaml } from './world-schema.ts';

/** A variant laid over the world: everything that its key `like` leads to, then what it says itself. */
export interface ResolvedVariant {
  variant: string;
  value: unknown;
  /** Where a path of `value` stands in the file: in the last layer that says it. */
  place: (path: Path) => Path;
}

/** All variants whose bases exist; what is wrong with the others' is told once, at their key `like`. */
export function resolveVariants(source: YamlSource, yaml: WorldYaml): { variants: ResolvedVariant[]; diagnostics: Diagnostic[] } {
  const names = Object.keys(yaml.variants);
  const diagnostics = [...names.flatMap((variant) => unknownBase(source, yaml, variant, names)), ...cycles(source, yaml, names)];
  const variants = names.flatMap((variant) => {
    const layers = layersOf(yaml, variant);
    if (layers === undefined) return [];
    const value = layers.reduce<unknown>((below, layer) => {
      const { like: _, ...changes } = yaml.variants[layer] ?? {};
      return lay(below, changes);
    }, yaml);
    const place = (path: Path): Path => {
      const layer = layers.findLast((one) => source.has(['variants', one, ...path]));
      return layer === undefined ? path : ['variants', layer, ...path];
    };
    return [{ variant, value, place }];
  });
  return { variants, diagnostics };
}

/** Names of the layers that a variant is made of, lowest first and itself last; undefined when they lead nowhere or in a circle. */
function layersOf(yaml: WorldYaml, variant: string): string[] | undefined {
  const layers: string[] = [];
  for (let name: string | undefined = variant; name !== undefined; name = yaml.variants[name]?.like) {
    if (!Object.hasOwn(yaml.variants, name) || layers.includes(name)) return undefined;
    layers.unshift(name);
  }
  return layers;
}

function unknownBase(source: YamlSource, yaml: WorldYaml, variant: string, names: string[]): Diagnostic[] {
  const like = yaml.variants[variant]?.like;
  if (like === undefined || names.includes(like)) return [];
  return [
    unknownName(
      source,
      ['variants', variant, 'like'],
      'variant',
      like,
      names.filter((name) => name !== variant),
    ),
  ];
}

/** Each circle once, at the first of its variants. */
function cycles(source: YamlSource, yaml: WorldYaml, names: readonly string[]): Diagnostic[] {
  const told = new Set<string>();
  return names.flatMap((variant) => {
    const way = [variant];
    for (let next = yaml.variants[variant]?.like; next !== undefined; next = yaml.variants[next]?.like) {
      if (next === variant && !told.has(variant)) {
        for (const name of way) told.add(name);
        return [source.problem(['variants', variant, 'like'], 'cycle', `variants are based on one another: ${[...way, variant].join(' like ')}`)];
      }
      if (way.includes(next)) break;
      way.push(next);
    }
    return [];
  });
}

/** Maps are merged key by key, everything else is replaced; null takes a key away. */
function lay(base: unknown, changes: unknown): unknown {
  if (!isPlain(base) || !isPlain(changes)) return changes;
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete out[key];
    else out[key] = key in out ? lay(out[key], value) : value;
  }
  return out;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
