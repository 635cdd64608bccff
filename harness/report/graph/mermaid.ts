import type { Graph, GraphNode } from './graph-model.ts';

/** A Mermaid flowchart; GitHub and GitLab draw it from a fence in Markdown. */
export function mermaid(graph: Graph): string {
  const ids = new Map(graph.nodes.map((node, index) => [node.id, `n${index}`]));
  const box = (node: GraphNode): string => {
    const [open, close] = node.kind === 'people' ? ['([', '])'] : ['[', ']'];
    const heading = `<b>${escaped(node.title)}</b>`;
    return `${ids.get(node.id)}${open}"${[heading, ...node.lines.map(escaped)].join('<br/>')}"${close}`;
  };
  const lines = ['flowchart LR', ...graph.nodes.filter((node) => node.network === undefined).map((node) => `  ${box(node)}`)];
  for (const network of ['public', 'inside'] as const) {
    const own = graph.nodes.filter((node) => node.network === network);
    if (own.length > 0) lines.push(`  subgraph ${network}_hosts["${NETWORK_TITLES[network]}"]`, ...own.map((node) => `    ${box(node)}`), '  end');
  }
  for (const edge of graph.edges) lines.push(`  ${ids.get(edge.from)} ${edge.both ? '<-->' : '-->'}|"${edge.labels.map(escaped).join('<br/>')}"| ${ids.get(edge.to)}`);
  return `${lines.join('\n')}\n`;
}

export const NETWORK_TITLES = { public: 'public addresses', inside: 'inside addresses' } as const;

/** Text inside of quotes. Mermaid's own entity codes are not understood in all places, so what has none of HTML is written otherwise. */
function escaped(text: string): string {
  return text
    .replaceAll('"', "'")
    .replace(/#(?=\w+;)/g, '# ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
