'use strict';

/* A figure with a chart in it: legend, canvas, and the same numbers as a table. Everything that comes
   from the report is set as text. The descriptions that are drawn are those of reports/html/charts.hpp. */

const plots = new Map();  // <figure> -> {chart, description, hidden, log}

function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

function colour(name, opacity = 1) {
  const plain = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return opacity === 1 ? plain : plain + Math.round(255 * opacity).toString(16).padStart(2, '0');
}

function numberText(value) {
  if (value === null) return '–';
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return String(Number(value.toPrecision(4)));
}

function quantityText(value, unit) {
  return unit ? `${numberText(value)} ${unit}` : numberText(value);
}

function percentileText(oneIn) {
  const digits = Math.max(2, Math.ceil(Math.log10(oneIn)) + 1);
  return `${Number((100 - 100 / oneIn).toPrecision(digits))}%`;
}

/* What a place on the x axis is called; `next` is where a bin that begins there ends. */
function placeText(description, x, next) {
  const axis = description.x;
  if (axis.scale === 'percentile') return percentileText(x);
  if (axis.labels) return `${axis.labels[axis.numbers ? axis.numbers.indexOf(x) : x]} ${axis.unit}`.trim();
  if (next !== undefined) return `${numberText(x)} – ${quantityText(next, axis.unit)}`;
  return quantityText(x, axis.unit);
}

function titled(title, unit) {
  return unit ? `${title}, ${unit}` : title;
}

/* Scales. */

function scale(axis, log, text) {
  const common = {
    grid: {color: colour('line'), drawBorder: false, drawTicks: false},
    ticks: {color: colour('muted'), maxRotation: 0, padding: 6, callback: value => numberText(value)},
    title: {display: Boolean(text), text, color: colour('muted')},
  };
  if (axis.scale === 'percentile') return percentileScale(common);
  if (axis.labels) return labelledScale(axis, log, common);
  return {...common, type: log ? 'logarithmic' : 'linear', afterBuildTicks: log ? roundTicks : () => {}};
}

/* Of a log axis 1, 2 and 5 times a power of ten are marked, of a long one the powers alone; where these are
   fewer than four, 3 times a power as well, or every digit. svg_axis.cpp does the same. */
function roundTicks(axis) {
  const few = [[1, 2, 5], [1, 2, 3, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]], many = [[1], [1, 3], [1, 2, 5]];
  const leadOf = value => value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  const marked = leads => axis.ticks.filter(({value}) => leads.some(lead => Math.abs(leadOf(value) - lead) < 1e-6));
  const choices = (axis.max / axis.min < 200 ? few : many).map(marked);
  axis.ticks = choices.find(ticks => ticks.length > 3) || choices[2];
}

function percentileScale(common) {
  const marks = [1, 2, 10, 100, 1000, 10000, 100000, 1000000];
  return {
    ...common,
    type: 'logarithmic',
    min: 1,
    afterBuildTicks: axis => { axis.ticks = marks.filter(mark => mark <= axis.max).map(value => ({value})); },
    ticks: {...common.ticks, callback: percentileText},
  };
}

function labelledScale(axis, log, common) {
  const {grid, title, ticks: {color}} = common;
  if (!axis.numbers) return {grid, title, type: 'category', labels: axis.labels, ticks: {color}};
  return {
    ...common,
    type: log ? 'logarithmic' : 'linear',
    min: Math.min(...axis.numbers),
    max: Math.max(...axis.numbers),
    afterBuildTicks: built => { built.ticks = axis.numbers.map(value => ({value})); },
    ticks: {...common.ticks, callback: value => axis.labels[axis.numbers.indexOf(value)]},
  };
}

/* The two kinds of chart. */

function linesConfig(description, state) {
  const {x, y, stepped, series} = description;
  const logX = x.scale === 'either' && state.log, logY = y.scale === 'either' && state.log;
  const drawn = ([px, py]) => (!logX || px > 0) && (!logY || py > 0);
  const few = series.every(each => each.points.length <= 24);
  return {
    type: 'line',
    data: {datasets: series.map((each, index) => ({
      label: each.name,
      order: -index,
      clip: 8,
      data: each.points.filter(drawn).map(([px, py]) => ({x: px, y: py})),
      borderColor: colour(each.colour),
      backgroundColor: colour(each.colour, stepped || each.area ? 0.16 : 1),
      borderWidth: each.area ? 1 : 2,
      borderDash: ['arm-bypass', 'best'].includes(each.colour) ? [6, 4] : [],
      pointRadius: few && !stepped && !each.area ? 3 : 0,
      pointHoverRadius: 4,
      stepped,
      fill: stepped || each.area ? 'origin' : false,
    }))},
    options: {
      parsing: false,
      interaction: {mode: 'nearest', axis: 'x', intersect: false},
      scales: {
        x: scale(x, logX, titled(x.title, x.unit)),
        y: {...scale(y, logY, ''), beginAtZero: !logY},
      },
    },
    tooltip: {
      title: ([{dataset, dataIndex, parsed}]) =>
        placeText(description, parsed.x, stepped ? (dataset.data[dataIndex + 1] || {}).x : undefined),
      label: ({dataset, parsed}) => ` ${dataset.label}: ${quantityText(parsed.y, y.unit)}`,
    },
    plugins: [marksAtBottom(description.marks || [])],
  };
}

function barsConfig({unit, stacked, labels, series}) {
  return {
    type: 'bar',
    data: {labels, datasets: series.map(each => ({
      label: each.name,
      data: each.values,
      backgroundColor: colour(each.colour),
      maxBarThickness: stacked ? 34 : 12,
    }))},
    options: {
      indexAxis: 'y',
      layout: {padding: {right: 48}},
      interaction: {mode: stacked ? 'nearest' : 'index', axis: 'y', intersect: stacked},
      scales: {
        x: {...scale({scale: 'linear'}, false, unit), stacked},
        y: {stacked, grid: {display: false, drawBorder: false}, ticks: {color: colour('ink'), padding: 6}},
      },
    },
    tooltip: {label: ({dataset, parsed}) => ` ${dataset.label}: ${quantityText(parsed.x, unit)}`},
    plugins: [valuesAtBars(stacked)],
  };
}

/* Writes what each bar, or each stack of them, comes to at its end: short ones have no length to read. */
function valuesAtBars(stacked) {
  return {id: 'valuesAtBars', afterDatasetsDraw: chart => writeValues(chart, stacked)};
}

function writeValues(chart, stacked) {
  const {ctx, data, scales: {x}} = chart;
  const shown = chart.getSortedVisibleDatasetMetas();
  const valueOf = (meta, place) => data.datasets[meta.index].data[place];
  const write = (value, bar) => {
    if (value > 0) ctx.fillText(numberText(value), x.getPixelForValue(value) + 6, bar.y);
  };
  ctx.save();
  ctx.fillStyle = colour('muted');
  ctx.textBaseline = 'middle';
  ctx.font = `12px ${Chart.defaults.font.family}`;
  if (stacked) {
    const totalOf = place => shown.reduce((sum, meta) => sum + valueOf(meta, place), 0);
    shown.slice(0, 1).forEach(meta => meta.data.forEach((bar, place) => write(totalOf(place), bar)));
  } else {
    shown.forEach(meta => meta.data.forEach((bar, place) => write(valueOf(meta, place), bar)));
  }
  ctx.restore();
}

function heightOf({kind, stacked, labels, series}) {
  if (kind === 'lines') return 280;
  return 60 + labels.length * (stacked ? 46 : 14 * series.length + 14);
}

/* What stands around a canvas. */

function legend({series}, state) {
  return series.map((each, index) => {
    const dot = element('i', {class: 'dot'});
    dot.style.background = colour(each.colour);
    const attributes = {type: 'button', class: 'series', 'aria-pressed': !state.hidden.has(each.name)};
    const button = element('button', attributes, dot, each.name);
    button.addEventListener('click', () => {
      const shown = state.hidden.delete(each.name);
      if (!shown) state.hidden.add(each.name);
      button.setAttribute('aria-pressed', shown);
      state.chart.setDatasetVisibility(index, shown);
      state.chart.update();
    });
    return button;
  });
}

function logSwitch(figure, {x, y}, state) {
  if (!x || (x.scale !== 'either' && y.scale !== 'either')) return [];
  const button = element('button', {type: 'button', class: 'switch', 'aria-pressed': state.log}, 'log axis');
  button.addEventListener('click', () => {
    state.log = !state.log;
    draw(figure);
    figure.querySelector('.switch').focus();
  });
  return [button];
}

function barRows({series}) {
  return series.map(each => [each.name, ...each.values.map(numberText)]);
}

function lineRows(description) {
  const {series, stepped} = description;
  const places = [...new Set(series.flatMap(each => each.points.map(([x]) => x)))].sort((a, b) => a - b);
  const values = series.map(each => new Map(each.points));
  const rows = stepped ? places.slice(0, -1) : places;
  return rows.map((x, i) => [
    placeText(description, x, stepped ? places[i + 1] : undefined),
    ...values.map(of => (of.has(x) ? numberText(of.get(x)) : '')),
  ]);
}

function tableOf(description) {
  const isBars = description.kind === 'bars';
  const names = isBars ? description.labels : description.series.map(each => each.name);
  const corner = isBars ? description.unit : description.x.title;
  const head = element('tr', {}, ...[corner, ...names].map(name => element('th', {scope: 'col'}, name)));
  const cell = value => element('td', {}, value);
  const rows = (isBars ? barRows : lineRows)(description).map(([place, ...values]) =>
    element('tr', {}, element('th', {scope: 'row'}, place), ...values.map(cell)));
  return element('table', {class: 'numbers'}, element('thead', {}, head), element('tbody', {}, ...rows));
}

/* Made when it is opened: most never are. */
function numbers(description) {
  const details = element('details', {}, element('summary', {}, 'Numbers'));
  details.addEventListener('toggle', () => {
    if (details.children.length > 1) return;
    details.append(element('div', {class: 'scroll'}, tableOf(description)));
  });
  return details;
}

function draw(figure) {
  const state = plots.get(figure), {description} = state;
  if (state.chart) state.chart.destroy();
  const isLines = description.kind === 'lines';
  const title = isLines ? titled(description.y.title, description.y.unit) : '';
  const canvas = element('canvas', {role: 'img', 'aria-label': title || 'chart'});
  const controls = [...legend(description, state), ...logSwitch(figure, description, state)];
  const note = element('small', {}, description.note || '');
  const plot = element('div', {class: 'plot'}, canvas);
  plot.style.height = `${heightOf(description)}px`;
  figure.replaceChildren(
    ...(title ? [element('figcaption', {}, title, note)] : []),
    element('div', {class: 'controls'}, ...controls),
    plot,
    numbers(description));

  const {type, data, options, tooltip, plugins} = (isLines ? linesConfig : barsConfig)(description, state);
  data.datasets.forEach(each => { each.hidden = state.hidden.has(each.label); });
  state.chart = new Chart(canvas, {type, data, plugins, options: {
    ...options,
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    plugins: {
      legend: {display: false},
      tooltip: {
        callbacks: tooltip,
        backgroundColor: colour('ink'),
        titleColor: colour('paper'),
        bodyColor: colour('paper'),
      },
    },
  }});
}

/* Puts a chart into a figure, in place of the one that was there; what was hidden stays hidden. */
function plot(figure, description) {
  const before = plots.get(figure) || {hidden: new Set(), log: Boolean(description.log)};
  plots.set(figure, {...before, description});
  draw(figure);
}

function drawAll() {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const figure of plots.keys()) draw(figure);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
addEventListener('beforeprint', () => { document.documentElement.dataset.printing = ''; drawAll(); });
addEventListener('afterprint', () => { delete document.documentElement.dataset.printing; drawAll(); });
