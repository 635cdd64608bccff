/** Filters, links to one scenario, and keys (j, k: next and previous, o: open). Runs in the reader's browser as it is. */
export const SCRIPT = `
(() => {
  const runs = [...document.querySelectorAll('details.run')];
  const search = document.getElementById('search');
  const variant = document.getElementById('variant');
  const tag = document.getElementById('tag');
  const boxes = [...document.querySelectorAll('input[name=outcome]')];
  const shown = document.getElementById('shown');
  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const outcomes = boxes.filter((box) => box.checked).map((box) => box.value);
    let count = 0;
    for (const run of runs) {
      const { outcome, search: text, project, tags } = run.dataset;
      const fits = outcomes.includes(outcome) && (variant.value === '' || project === variant.value) && (tag.value === '' || tags.split(' ').includes(tag.value)) && words.every((word) => text.includes(word));
      run.hidden = !fits;
      if (fits) count++;
    }
    shown.textContent = count + ' of ' + runs.length;
  };
  for (const control of [search, variant, tag, ...boxes]) control.addEventListener('input', apply);
  const openTarget = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    const run = target && target.closest('details.run');
    if (!run) return;
    run.hidden = false;
    run.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', openTarget);
  addEventListener('keydown', (event) => {
    if (event.target.matches('input, select, textarea') || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    const visible = runs.filter((run) => !run.hidden);
    const at = visible.findIndex((run) => run.contains(document.activeElement));
    const go = (index) => { const run = visible[Math.max(0, Math.min(visible.length - 1, index))]; if (run) run.querySelector('summary').focus(); };
    if (event.key === '/') { event.preventDefault(); search.focus(); }
    else if (event.key === 'j') go(at + 1);
    else if (event.key === 'k') go(at - 1);
    else if (event.key === 'o' && at >= 0) visible[at].open = !visible[at].open;
  });
  for (const button of document.querySelectorAll('button[data-copy]')) {
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', () => navigator.clipboard.writeText(button.dataset.copy).then(() => { button.textContent = 'copied'; }));
  }
  apply();
  openTarget();
})();
`;
