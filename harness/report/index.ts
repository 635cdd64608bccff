export { githubAnnotations } from './github-annotations.ts';
export { fillDocument, graphFileOf, graphOf, mermaid, svg } from './graph/index.ts';
export { verdictOf as parityVerdictText } from './parity/words.ts';
export { writeParity } from './parity/write-parity.ts';
export { readResults } from './results-json.ts';
export { inline } from './summary-md.ts';
export { type TerminalOptions, terminalListener } from './terminal.ts';
export { slowestText, verbsText } from './where-time-goes.ts';
export { writeAll, writeReports } from './write-reports.ts';
