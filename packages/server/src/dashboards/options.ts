import type { PanelOptions, PanelType } from '@vedette/wire/http';
import { reductionFromOld } from './legacy-stat.ts';
import { type JsonObject, flagAt, listAt, objectAt, objectsAt, textAt, valueAt, wordAt } from './loose-json.ts';
import type { ProblemReport } from './report.ts';

/** Longest text panel; it is parsed as Markdown in the browser. */
const TEXT_LENGTH_MAX = 100_000;

/** `options` of a panel in Grafana's present form, with the values Grafana uses for what is absent. */
export function readOptions(panel: JsonObject, type: PanelType, report: ProblemReport): PanelOptions {
  const options = objectAt(panel, 'options');
  const legend = objectAt(options, 'legend');
  const hidden = flagAt(legend, 'showLegend') === false || textAt(legend, 'displayMode') === 'hidden';
  const mode = textAt(options, 'mode') ?? textAt(panel, 'mode') ?? 'markdown';
  const content = textAt(options, 'content') ?? textAt(panel, 'content') ?? '';
  if (type === 'text' && mode === 'html') {
    report.warning(
      'HTML is shown as plain text: a dashboard from outside must not run in your browser.',
      'Write the text in Markdown.',
    );
  }
  if (flagAt(options, 'reduceOptions', 'values') === true) report.info('All values of a series are reduced to one.');
  return {
    legend: {
      mode: hidden ? 'hidden' : textAt(legend, 'displayMode') === 'table' ? 'table' : 'list',
      placement: textAt(legend, 'placement') === 'right' ? 'right' : 'bottom',
      calcs: listAt(legend, 'calcs').filter((calc) => typeof calc === 'string'),
    },
    tooltip: wordAt(['single', 'multi', 'none'], options, 'tooltip', 'mode') ?? 'single',
    reduce: reductionFromOld(textAt(listAt(options, 'reduceOptions', 'calcs')[0])) ?? 'lastNotNull',
    colorMode: colorMode(textAt(options, 'colorMode')),
    graphMode: wordAt(['none', 'area'], options, 'graphMode') ?? (type === 'stat' ? 'area' : 'none'),
    textMode: textAt(options, 'textMode') ?? 'auto',
    orientation: wordAt(['auto', 'horizontal', 'vertical'], options, 'orientation') ?? 'auto',
    displayMode: textAt(options, 'displayMode') ?? (type === 'bargauge' ? 'gradient' : 'auto'),
    content: content.slice(0, TEXT_LENGTH_MAX),
    contentMode: mode === 'markdown' ? 'markdown' : 'text',
    showHeader: flagAt(options, 'showHeader') !== false,
    sortBy: objectsAt(options, 'sortBy').flatMap((sort) => {
      const displayName = textAt(sort, 'displayName');
      return displayName === undefined ? [] : [{ displayName, desc: valueAt(sort, 'desc') === true }];
    }),
  };
}

function colorMode(mode: string | undefined): PanelOptions['colorMode'] {
  switch (mode) {
    case 'none':
      return 'none';
    case 'background':
    case 'background_solid':
      return 'background';
    default:
      return 'value';
  }
}
