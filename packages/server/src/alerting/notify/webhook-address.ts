import type { HttpTelling } from './http-notifier.ts';
import type { WebhookAddress } from './settings.ts';

/** The address as written, else what its file holds at this moment; ends the telling when that is none. */
export async function webhookUrl(settings: WebhookAddress, telling: HttpTelling): Promise<string> {
  const { webhook_url: written, webhook_url_file: file } = settings;
  const url = await telling.secret(written, file);
  if (url === undefined || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return telling.fail(`${file ?? 'webhook_url_file'} does not hold an http or https URL`, false);
  return url;
}
