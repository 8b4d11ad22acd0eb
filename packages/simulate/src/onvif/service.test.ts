import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuthScheme } from '../auth/gate.ts';
import { loadClips } from '../clip/clips.ts';
import { planFleet } from '../fleet/plan.ts';
import { answerOnvif } from './service.ts';

const [camera] = planFleet(1, 1).cameras;
const NOW = Date.UTC(2026, 2, 3, 4, 5, 6);

function state(scheme: AuthScheme = 'digest-md5') {
  if (!camera) throw new Error('no camera');
  return {
    camera: { ...camera, model: { ...camera.model, codec: 'h265' as const, auth: scheme } },
    clip: loadClips().video('h265', 'street'),
    framesPerSecond: 25,
    keyFrameIntervalSeconds: 2,
    account: { scheme, realm: 'r', username: 'viewer', password: 'pass' },
    cameraTimeMs: NOW,
    http: 'http://127.0.0.1:1',
    rtsp: 'rtsp://127.0.0.1:2',
  };
}

/** WS-UsernameToken as clients write it (OASIS Username Token Profile 1.0, 3.1). */
function token(password: string, createdMs = NOW): string {
  const nonce = randomBytes(16);
  const created = new Date(createdMs).toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return `<wsse:Security><wsse:UsernameToken><wsse:Username>viewer</wsse:Username><wsse:Password Type="x#PasswordDigest">${digest}</wsse:Password><wsse:Nonce EncodingType="x#Base64Binary">${nonce.toString('base64')}</wsse:Nonce><wsu:Created>${created}</wsu:Created></wsse:UsernameToken></wsse:Security>`;
}

const ask = (operation: string, head = '', namespace = 'http://www.onvif.org/ver10/device/wsdl'): string =>
  `<s:Envelope><s:Header>${head}</s:Header><s:Body><${operation} xmlns="${namespace}"/></s:Body></s:Envelope>`;

describe('the ONVIF service', () => {
  it('tells its time to anybody, and everything else to who knows the password', () => {
    const time = answerOnvif(ask('GetSystemDateAndTime'), state());
    expect(time.text).toContain('<tt:Hour>4</tt:Hour><tt:Minute>5</tt:Minute><tt:Second>6</tt:Second>');
    expect(time.text).toContain('<tt:Year>2026</tt:Year><tt:Month>3</tt:Month><tt:Day>3</tt:Day>');
    const about = (head: string) => answerOnvif(ask('GetDeviceInformation', head), state());
    expect(about(token('pass')).text).toContain(`<tds:Model>${camera?.model.name}</tds:Model>`);
    for (const wrong of ['', token('other')]) {
      expect(about(wrong)).toMatchObject({ status: 400, text: expect.stringContaining('ter:NotAuthorized') as string });
    }
    expect(answerOnvif(ask('GetDeviceInformation'), state('none')).status).toBe(200);
  });

  it('refuses a token whose time is far from its own clock, as drifted cameras do', () => {
    const about = (createdMs: number) =>
      answerOnvif(ask('GetDeviceInformation', token('pass', createdMs)), state()).status;
    expect(about(NOW - 200_000)).toBe(200);
    expect(about(NOW - 400_000)).toBe(400);
  });

  it('tells what its encoder is set to, in both generations of the media service', () => {
    const encoders = (version: string) =>
      answerOnvif(ask('GetVideoEncoderConfigurations', '', `http://www.onvif.org/${version}/media/wsdl`), state('none'))
        .text;
    expect(encoders('ver20')).toContain('GovLength="50"');
    expect(encoders('ver20')).toContain('<tt:Encoding>H265</tt:Encoding>');
    expect(encoders('ver10')).toContain('<tt:GovLength>50</tt:GovLength>');
    for (const version of ['ver10', 'ver20']) {
      expect(encoders(version)).toContain('<tt:Width>1280</tt:Width><tt:Height>720</tt:Height>');
      expect(encoders(version)).toContain('<tt:FrameRateLimit>25</tt:FrameRateLimit>');
    }
  });

  it('does not know what it does not know', () => {
    expect(answerOnvif(ask('SystemReboot', token('pass')), state()).text).toContain('ter:ActionNotSupported');
  });
});
