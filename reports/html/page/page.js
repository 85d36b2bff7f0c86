
const placeOf = name => document.querySelector(`[data-chart="${name}"]`);
const choiceOf = name => document.querySelector(`[data-choice="${name}"]`);

/* A row of buttons of which one is pressed. */
function choose(place, names, chosen) {
  const buttons = names.map((name, index) => {
    const button = element('button', {type: 'button', 'aria-pressed': index === 0}, name);
    button.addEventListener('click', () => {
      buttons.forEach(each => each.setAttribute('aria-pressed', each === button));
      chosen(index);
    });
    return button;
  });
  place.classList.add('controls');
  place.replaceChildren(...buttons);
}

function showRun({charts, latencies}) {
  for (const [name, description] of Object.entries(charts))
    if (description) plot(placeOf(name), description);
  if (latencies.length === 0) return;
  const show = index => {
    plot(placeOf('histogram'), latencies[index].histogram);
    plot(placeOf('curve'), latencies[index].curve);
  };
  choose(choiceOf('latency'), latencies.map(each => each.title), show);
  show(0);
}

/* A labelled <select> of texts; its value is an index. */
function selectOf(label, texts, selected = 0) {
  const options = texts.map((text, index) => element('option', {value: index}, text));
  const select = element('select', {}, ...options);
  select.value = selected;
  return {select, label: element('label', {}, label, select)};
}

/* A line for each arm along one axis, where the others stand at the values chosen. */
function lineOfSweep({axes, figures, arms, rows}, figure, along, fixed) {
  const axis = axes[along];
  const numeric = axis.numbers.every(number => number !== null);
  const here = rows.filter(row => row.at.every((index, i) => i === along || index === fixed[i]));
  const elsewhere = axes.map(({key, labels, unit}, i) => `${key} ${labels[fixed[i]]} ${unit}`.trim());
  const place = row => (numeric ? axis.numbers[row.at[along]] : row.at[along]);
  return {
    kind: 'lines',
    stepped: false,
    log: true,
    note: elsewhere.filter((_, i) => i !== along).join(', '),
    x: {
      title: axis.key,
      unit: axis.unit,
      labels: axis.labels,
      numbers: numeric ? axis.numbers : null,
      scale: numeric && axis.numbers.every(number => number > 0) ? 'either' : 'linear',
    },
    y: {title: figures[figure].title, unit: figures[figure].unit, scale: 'either'},
    series: arms.map(({name, colour}, arm) => ({
      name,
      colour,
      points: here.filter(row => row.arm === arm && row.values[figure] !== null)
        .map(row => [place(row), row.values[figure]]).sort((a, b) => a[0] - b[0]),
    })),
  };
}

function showSweep(sweep) {
  const {axes, figures} = sweep;
  const first = Math.max(0, figures.findIndex(({key}) => key === 'ttft_p50'));
  const figure = selectOf('figure', figures.map(({title}) => title), first);
  const link = Math.max(0, axes.findIndex(({key}) => key === 'link.bandwidth'));
  const along = selectOf('along', axes.map(({key}) => key), link);
  const fixed = axes.map(({key, labels, unit}) =>
    selectOf(key, labels.map(label => `${label} ${unit}`.trim())));
  const all = [figure, along, ...fixed];
  const show = () => {
    fixed.forEach(({label}, index) => { label.hidden = index === Number(along.select.value); });
    const [which, axis, ...values] = all.map(({select}) => Number(select.value));
    plot(placeOf('sweep'), lineOfSweep(sweep, which, axis, values));
  };
  all.forEach(({select}) => select.addEventListener('change', show));
  choiceOf('sweep').replaceChildren(...all.map(({label}) => label));
  show();
}

/* Charts along the requests; of a report of several cases those of one that the reader chooses. */
function showDrift({choices, names, groups}) {
  const selects = choices.map(({title, values}) => selectOf(title, values));
  const show = () => {
    const at = selects.map(({select}) => Number(select.value));
    const group = groups.find(each => each.at.every((value, index) => value === at[index]));
    for (const name of names) {
      const description = group && group.charts[name];
      placeOf(name).hidden = !description;
      if (description) plot(placeOf(name), description);
    }
  };
  selects.forEach(({select}) => select.addEventListener('change', show));
  choiceOf('drift').replaceChildren(...selects.map(({label}) => label));
  show();
}

function showAttainment(charts) {
  charts.forEach(({chart}, index) => plot(placeOf(`attainment-${index}`), chart));
}

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
const report = JSON.parse(document.getElementById('figures').textContent);
if (report.run) showRun(report.run);
else if (report.sweep.figures.length > 0) showSweep(report.sweep);
if (report.attainment) showAttainment(report.attainment);
if (report.drift) showDrift(report.drift);
