export { fillDocument, graphFileOf } from './document.ts';
export { graphOf } from './graph-model.ts';
export { mermaid } from './mermaid.ts';
export { DRAWING_STYLE, drawing, svg } from './svg.ts';
