export { Live } from './server/live.ts';
export { type RunningUi, serveUi, type UiOptions } from './server/serve.ts';
