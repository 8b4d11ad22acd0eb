import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** A device as the ONVIF specifications describe it, with a clock, a user and a mood of its own. */
export interface DeviceOptions {
  /** Its clock less the true one. */
  readonly clockOffsetMs?: number;
  readonly user?: { readonly name: string; readonly password: string };
  /** Host and port that it writes into its addresses. */
  readonly namedHost?: string;
  /** Services that it names: `1`, `2` or both media services; by GetServices, or only by GetCapabilities. */
  readonly media?: readonly (1 | 2)[];
  readonly old?: boolean;
  /** Takes the place of one operation's answer. */
  readonly answers?: Readonly<Record<string, (response: ServerResponse) => void>>;
}

/** A token is good for so long after its own time, by the device's clock. */
const TOKEN_MS = 5_000;

export class OnvifDevice {
  readonly operations: string[] = [];
  readonly refusals: string[] = [];
  subscriptions = 0;
  renewals = 0;
  readonly queue: string[] = [];
  readonly #options: DeviceOptions;
  readonly #nonces = new Set<string>();

  constructor(options: DeviceOptions = {}) {
    this.#options = options;
  }

  readonly listener: RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => this.#answer(request, body, response));
  };

  #answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const operation = /<s:Body><([A-Za-z]+)/.exec(body)?.[1] ?? '';
    this.operations.push(operation);
    const own = this.#options.answers?.[operation];
    if (own) {
      own(response);
      return;
    }
    const refusal = operation === 'GetSystemDateAndTime' ? undefined : this.#refusal(body);
    if (refusal !== undefined) {
      this.refusals.push(`${operation}: ${refusal}`);
      send(response, 400, fault('ter:NotAuthorized', 'Sender not authorized'));
      return;
    }
    const host = this.#options.namedHost ?? request.headers.host ?? '';
    if (operation === 'PullMessages') this.#pull(body, response);
    else {
      const answer = this.#operation(operation, body, host);
      send(response, answer === undefined ? 500 : 200, answer ?? fault('ter:ActionNotSupported', 'no such operation'));
    }
  }

  #operation(operation: string, body: string, host: string): string | undefined {
    const two = this.#options.media?.includes(2) ?? false;
    const token = /<ProfileToken>([^<]*)</.exec(body)?.[1] ?? '';
    switch (operation) {
      case 'GetSystemDateAndTime':
        return this.#time();
      case 'GetDeviceInformation':
        return '<d:GetDeviceInformationResponse xmlns:d="http://www.onvif.org/ver10/device/wsdl"><d:Manufacturer>Acme &amp; Söhne</d:Manufacturer><d:Model>Dome 4</d:Model><d:FirmwareVersion>2.1.7</d:FirmwareVersion><d:SerialNumber>A1</d:SerialNumber></d:GetDeviceInformationResponse>';
      case 'GetServices':
        return this.#options.old ? undefined : this.#services(host);
      case 'GetCapabilities':
        return `<d:GetCapabilitiesResponse xmlns:d="x" xmlns:t="y"><d:Capabilities><t:Media><t:XAddr>http://${host}/onvif/media</t:XAddr></t:Media><t:Events><t:XAddr>http://${host}/onvif/events</t:XAddr></t:Events></d:Capabilities></d:GetCapabilitiesResponse>`;
      case 'GetProfiles':
        return two
          ? '<m:GetProfilesResponse xmlns:m="http://www.onvif.org/ver20/media/wsdl"><m:Profiles token="p1"><m:Name>main</m:Name><m:Configurations><m:VideoEncoder token="e1"/></m:Configurations></m:Profiles></m:GetProfilesResponse>'
          : '<m:GetProfilesResponse xmlns:m="http://www.onvif.org/ver10/media/wsdl" xmlns:t="http://www.onvif.org/ver10/schema"><m:Profiles token="p1"><t:Name>main</t:Name><t:VideoEncoderConfiguration token="e1"/></m:Profiles><m:Profiles token="p2"><t:Name>sub</t:Name></m:Profiles></m:GetProfilesResponse>';
      case 'GetVideoEncoderConfigurations':
        return two
          ? '<m:GetVideoEncoderConfigurationsResponse xmlns:m="a" xmlns:t="b"><m:Configurations token="e1" GovLength="50" Profile="Main"><t:Name>e</t:Name><t:Encoding>H265</t:Encoding><t:Resolution><t:Width>3840</t:Width><t:Height>2160</t:Height></t:Resolution><t:RateControl><t:FrameRateLimit>25</t:FrameRateLimit><t:BitrateLimit>8192</t:BitrateLimit></t:RateControl></m:Configurations></m:GetVideoEncoderConfigurationsResponse>'
          : '<m:GetVideoEncoderConfigurationsResponse xmlns:m="a" xmlns:t="b"><m:Configurations token="e1"><t:Name>e</t:Name><t:Encoding>H264</t:Encoding><t:Resolution><t:Width>1920</t:Width><t:Height>1080</t:Height></t:Resolution><t:RateControl><t:FrameRateLimit>25</t:FrameRateLimit><t:BitrateLimit>4096</t:BitrateLimit></t:RateControl><t:H264><t:GovLength>50</t:GovLength><t:H264Profile>High</t:H264Profile></t:H264></m:Configurations></m:GetVideoEncoderConfigurationsResponse>';
      case 'GetStreamUri': {
        const uri = `rtsp://admin:canary-device@${host.split(':')[0]}:554/${token}`;
        return two
          ? `<m:GetStreamUriResponse xmlns:m="a"><m:Uri>${uri}</m:Uri></m:GetStreamUriResponse>`
          : `<m:GetStreamUriResponse xmlns:m="a" xmlns:t="b"><m:MediaUri><t:Uri>${uri}</t:Uri></m:MediaUri></m:GetStreamUriResponse>`;
      }
      case 'GetSnapshotUri':
        return token === 'p2'
          ? undefined
          : two
            ? `<m:GetSnapshotUriResponse xmlns:m="a"><m:Uri>http://${host}/snap/${token}</m:Uri></m:GetSnapshotUriResponse>`
            : `<m:GetSnapshotUriResponse xmlns:m="a" xmlns:t="b"><m:MediaUri><t:Uri>http://${host}/snap/${token}</t:Uri></m:MediaUri></m:GetSnapshotUriResponse>`;
      case 'CreatePullPointSubscription':
        this.subscriptions++;
        return `<e:CreatePullPointSubscriptionResponse xmlns:e="a" xmlns:a="http://www.w3.org/2005/08/addressing"><e:SubscriptionReference><a:Address>http://${host}/onvif/subscription</a:Address><a:ReferenceParameters><dom:SubscriptionId xmlns:dom="urn:acme">17</dom:SubscriptionId></a:ReferenceParameters></e:SubscriptionReference></e:CreatePullPointSubscriptionResponse>`;
      case 'Renew':
        this.renewals++;
        return '<b:RenewResponse xmlns:b="http://docs.oasis-open.org/wsn/b-2"/>';
      case 'Unsubscribe':
        if (!hasParameter(body)) return undefined;
        this.subscriptions--;
        return '<b:UnsubscribeResponse xmlns:b="http://docs.oasis-open.org/wsn/b-2"/>';
      default:
        return undefined;
    }
  }

  #services(host: string): string {
    const named = [
      ...(this.#options.media ?? [1]).map(
        (generation) => [`http://www.onvif.org/ver${generation}0/media/wsdl`, 'media'] as const,
      ),
      ['http://www.onvif.org/ver10/events/wsdl', 'events'] as const,
    ];
    const services = named.map(
      ([namespace, path]) =>
        `<d:Service><d:Namespace>${namespace}</d:Namespace><d:XAddr>http://${host}/onvif/${path}</d:XAddr></d:Service>`,
    );
    return `<d:GetServicesResponse xmlns:d="http://www.onvif.org/ver10/device/wsdl">${services.join('')}</d:GetServicesResponse>`;
  }

  #time(): string {
    const now = new Date(Date.now() + (this.#options.clockOffsetMs ?? 0));
    return `<d:GetSystemDateAndTimeResponse xmlns:d="a" xmlns:t="b"><d:SystemDateAndTime><t:DateTimeType>Manual</t:DateTimeType><t:UTCDateTime><t:Time><t:Hour>${now.getUTCHours()}</t:Hour><t:Minute>${now.getUTCMinutes()}</t:Minute><t:Second>${now.getUTCSeconds()}</t:Second></t:Time><t:Date><t:Year>${now.getUTCFullYear()}</t:Year><t:Month>${now.getUTCMonth() + 1}</t:Month><t:Day>${now.getUTCDate()}</t:Day></t:Date></t:UTCDateTime></d:SystemDateAndTime></d:GetSystemDateAndTimeResponse>`;
  }

  /** A long poll: answers when something is queued, and after a second with nothing. */
  #pull(body: string, response: ServerResponse): void {
    if (!hasParameter(body)) {
      send(response, 400, fault('ter:InvalidArgVal', 'which subscription?'));
      return;
    }
    const answer = (): void =>
      send(
        response,
        200,
        `<e:PullMessagesResponse xmlns:e="a" xmlns:b="c" xmlns:t="d">${this.queue.splice(0).join('')}</e:PullMessagesResponse>`,
      );
    if (this.queue.length > 0) answer();
    else setTimeout(answer, 1_000);
  }

  #refusal(body: string): string | undefined {
    const { user, clockOffsetMs } = this.#options;
    if (user === undefined) return undefined;
    const part = (name: string): string => new RegExp(`:${name}(?: [^>]*)?>([^<]*)<`).exec(body)?.[1] ?? '';
    const nonce = part('Nonce');
    if (part('Username') !== user.name) return 'unknown user';
    const created = part('Created');
    if (Math.abs(Date.parse(created) - Date.now() - (clockOffsetMs ?? 0)) > TOKEN_MS) return `a token of ${created}`;
    if (this.#nonces.has(nonce)) return 'a nonce for the second time';
    this.#nonces.add(nonce);
    const digest = createHash('sha1')
      .update(Buffer.from(nonce, 'base64'))
      .update(created + user.password)
      .digest('base64');
    return digest === part('Password') ? undefined : 'wrong password';
  }
}

export function notification(topic: string, name: string, value: string): string {
  return `<b:NotificationMessage><b:Topic>${topic}</b:Topic><b:Message><t:Message UtcTime="2026-03-01T00:00:00Z" PropertyOperation="Changed"><t:Source><t:SimpleItem Name="Source" Value="vs0"/></t:Source><t:Data><t:SimpleItem Name="${name}" Value="${value}"/></t:Data></t:Message></b:Message></b:NotificationMessage>`;
}

const hasParameter = (body: string): boolean => /SubscriptionId xmlns:\w+="urn:acme">17</.test(body);

const fault = (code: string, reason: string): string =>
  `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`;

export function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/soap+xml; charset=utf-8' });
  response.end(
    `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`,
  );
}
