export * from './brands.ts';
export * from './diagnostics.ts';
export * from './duration.ts';
export * from './errors.ts';
export * from './shell-word.ts';
export * from './suggest.ts';
export * from './wait.ts';
export * from './yaml-input.ts';
