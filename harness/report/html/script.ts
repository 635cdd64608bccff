/** Filters and keys (j, k: next and previous, o: open). Runs in the reader's browser as it is. */
export const SCRIPT = `
(() => {
  const runs = [...document.querySelectorAll('details.run')];
  const search = document.getElementById('search');
  const variant = document.getElementById('variant');
  const tag = document.getElementById('tag');
  const boxes = [...document.querySelectorAll('input[name=outcome]')];
  const shown = document.getElementById('shown');
  const texts = new Map(runs.map((run) => [run, (run.querySelector('summary').textContent + ' ' + run.dataset.search).toLowerCase()]));
  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const outcomes = boxes.filter((box) => box.checked).map((box) => box.value);
    let count = 0;
    for (const run of runs) {
      const { outcome, project, tags } = run.dataset;
      const fits = outcomes.includes(outcome) && (variant.value === '' || project === variant.value) && (tag.value === '' || tags.split(' ').includes(tag.value)) && words.every((word) => texts.get(run).includes(word));
      run.hidden = !fits;
      if (fits) count++;
    }
    shown.textContent = count + ' of ' + runs.length;
  };
  for (const control of [search, variant, tag, ...boxes]) control.addEventListener('input', apply);
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
  if (!navigator.clipboard) document.documentElement.classList.add('no-clipboard');
  addEventListener('click', ({ target }) => {
    if (target.matches('button.copy')) navigator.clipboard.writeText(target.previousElementSibling.textContent).then(() => { target.textContent = 'copied'; });
  });
  apply();
})();
`;

/** A link to a scenario opens it. Runs in the reader's browser as it is. */
export const FOLLOW_LINKS = `
(() => {
  const openTarget = () => {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    const run = target && target.closest('details.run');
    if (!run) return;
    run.hidden = false;
    run.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', openTarget);
  openTarget();
})();
`;
