import type { GroupAlert } from '../notify/notification.ts';

const ALERTS_SHOWN_MAX = 20;

/** What a person sees who follows a link; no script, and nothing happens before the button is pressed. */
export function confirmationPage(alerts: readonly GroupAlert[], receiver: string): string {
  if (alerts.length === 0)
    return page('Nothing to acknowledge', '<p>None of the alerts of this notification is firing any more.</p>');
  const rows = alerts
    .slice(0, ALERTS_SHOWN_MAX)
    .map((alert) => `<li>${escapeHtml(alert.annotations['summary'] ?? alert.labels.toString())}</li>`)
    .join('');
  const more = alerts.length > ALERTS_SHOWN_MAX ? `<p>and ${alerts.length - ALERTS_SHOWN_MAX} more</p>` : '';
  return page(
    'Acknowledge',
    `<p>You take over ${alerts.length === 1 ? 'one alert' : `${alerts.length} alerts`} that ${escapeHtml(receiver)} was told about. ` +
      `Escalation and repeats stop.</p><ul>${rows}</ul>${more}` +
      '<form method="post"><p><label>Your name <input name="name" maxlength="200" autocomplete="name"></label></p>' +
      '<p><label>Comment <input name="comment" maxlength="1000"></label></p>' +
      '<p><button type="submit">Acknowledge</button></p></form>',
  );
}

export function donePage(count: number): string {
  return page('Acknowledged', `<p>${count === 1 ? 'One alert is' : `${count} alerts are`} acknowledged.</p>`);
}

export function refusedPage(): string {
  return page(
    'This link cannot be used',
    '<p>It has expired, or it was changed on its way. Newer notifications have newer links; or sign in and acknowledge on the alerts page.</p>',
  );
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">\
<meta name="robots" content="noindex"><title>${title}</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}\
button{font:inherit;padding:.5rem 1.5rem}input{font:inherit;width:100%}</style></head><body><h1>${title}</h1>${body}</body></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
