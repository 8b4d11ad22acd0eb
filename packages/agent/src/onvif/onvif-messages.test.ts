import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProbeFault } from '../http-probe/probe-fault.ts';
import { compareEncoder } from './compare-encoder.ts';
import { clockOf } from './device-service.ts';
import { matchesOf } from './discovery.ts';
import { eventName, messagesOf } from './event-service.ts';
import { encodersOf, profilesOf, withoutUser } from './media-service.ts';
import { parseSoap, refusesCredentials } from './soap.ts';
import { userNameToken } from './user-name-token.ts';
import { XmlRefused, childText, parseXml, writeXml } from './xml-tree.ts';

describe('XML from a device', () => {
  it('is read without prefixes, with text, CDATA and the five entities', () => {
    const root = parseXml(
      '<?xml version="1.0"?><a:x xmlns:a="u" b:n="1&amp;2"><a:y> v&lt;<![CDATA[<w>]]> </a:y></a:x>',
    );
    expect(root).toMatchObject({ name: 'x', namespace: 'u', children: [{ name: 'y', text: 'v<<w>' }] });
    expect(root.attributes.get('n')).toBe('1&2');
    expect(parseXml(writeXml(root)).children[0]?.text).toBe('v<<w>');
  });

  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  it.each([
    ['a bomb of entities', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'],
    ['a document type from elsewhere', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'],
    ['an entity that nobody declared', '<x>&b;</x>'],
    ['too much depth', nested(60)],
    ['too many elements', `<x>${'<y/>'.repeat(20_001)}</x>`],
    ['too much text', `<x>${'y'.repeat(40_000)}</x>`],
    ['too many attributes', `<x ${Array.from({ length: 70 }, (_, i) => `a${i}="1"`).join(' ')}/>`],
    ['no end', '<x><y>'],
    ['nothing', ''],
  ])('with %s is refused', (_, text) => {
    expect(() => parseXml(text)).toThrow(XmlRefused);
  });

  it('ends in a tree or in a refusal, whatever comes', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('<a>', '</a>', '<a b="c">', '&amp;', '&x;', '<![CDATA[', ']]>', '<?p ?>', '<!--', '-->'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseXml(pieces.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(XmlRefused);
        }
      }),
    );
  });

  it('that is no SOAP is a fault of the protocol, and a fault of the device is told', () => {
    expect(() => parseSoap('<html/>', 'cam')).toThrow(ProbeFault);
    const answer = parseSoap(
      `<e:Envelope xmlns:e="x"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:NotAuthorized</e:Value></e:Subcode></e:Code>
       <e:Reason><e:Text xml:lang="en">Sender not\nAuthorized</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>`,
      'cam',
    );
    expect(answer.fault).toEqual({ codes: ['Sender', 'NotAuthorized'], reason: 'Sender not Authorized' });
    expect(answer.fault && refusesCredentials(answer.fault)).toBe(true);
  });
});

describe('credentials', () => {
  it('are the digest of the example in the ONVIF programmer’s guide', () => {
    const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
    const token = userNameToken(
      { username: 'user', password: 'userpassword' },
      Date.UTC(2010, 8, 16, 7, 50, 45),
      nonce,
    );
    expect(token).toContain('>tuOSpGlFlIXsozq4HFNeeGeFLEI=<');
    expect(token).toContain('>2010-09-16T07:50:45Z<');
    expect(token).not.toContain('userpassword');
  });
});

describe('the clock of a device', () => {
  const answer = (second: number): ReturnType<typeof parseXml> =>
    parseXml(`<r><SystemDateAndTime><DateTimeType>NTP</DateTimeType><TimeZone><TZ>CET-1</TZ></TimeZone><UTCDateTime>
      <Time><Hour>10</Hour><Minute>0</Minute><Second>${second}</Second></Time>
      <Date><Year>2026</Year><Month>3</Month><Day>1</Day></Date></UTCDateTime></SystemDateAndTime></r>`);

  it('is told within its bounds, for any true offset and any way through the network', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000, max: 5_000 }), fc.nat(400), fc.nat(400), (offsetMs, thereMs, backMs) => {
        const cameraAtMs = Date.UTC(2026, 2, 1, 10, 0, 20) + (((offsetMs % 1_000) + 1_000) % 1_000);
        const sentMs = cameraAtMs - offsetMs - thereMs;
        const clock = clockOf(answer(20), sentMs, sentMs + thereMs + backMs);
        expect(Math.abs((clock?.offsetSeconds ?? NaN) - offsetMs / 1_000)).toBeLessThanOrEqual(
          (clock?.uncertaintySeconds ?? 0) + 1e-9,
        );
        expect(clock).toMatchObject({ source: 'ntp', timeZone: 'CET-1' });
      }),
    );
  });
});

describe('media profiles and encoder settings', () => {
  it('are read from both generations', () => {
    const one =
      parseXml(`<r><Configurations token="v1"><Name>main</Name><Encoding>H264</Encoding><Resolution><Width>1920</Width><Height>1080</Height></Resolution>
      <RateControl><FrameRateLimit>25</FrameRateLimit><BitrateLimit>4096</BitrateLimit></RateControl><H264><GovLength>50</GovLength><H264Profile>High</H264Profile></H264></Configurations></r>`);
    const two =
      parseXml(`<r><Configurations token="v2" GovLength="100" Profile="Main"><Encoding>H265</Encoding><Resolution><Width>3840</Width><Height>2160</Height></Resolution>
      <RateControl><FrameRateLimit>12.5</FrameRateLimit><BitrateLimit>8000</BitrateLimit></RateControl></Configurations></r>`);
    expect(encodersOf(one)).toEqual([
      {
        token: 'v1',
        name: 'main',
        codec: 'h264',
        profile: 'high',
        width: 1920,
        height: 1080,
        framesPerSecond: 25,
        bitsPerSecond: 4_096_000,
        keyFrameIntervalFrames: 50,
      },
    ]);
    expect(encodersOf(two)).toMatchObject([
      { token: 'v2', codec: 'h265', framesPerSecond: 12.5, keyFrameIntervalFrames: 100 },
    ]);
    expect(
      profilesOf(
        parseXml(
          '<r><Profiles token="p"><Name>a</Name><Configurations><VideoEncoder token="v2"/></Configurations></Profiles><Profiles/></r>',
        ),
      ),
    ).toEqual([{ token: 'p', name: 'a', encoderToken: 'v2' }]);
  });

  it('lose user and password of their addresses', () => {
    expect(withoutUser('rtsp://admin:canary@10.0.0.5:554/stream1')).toBe('rtsp://10.0.0.5:554/stream1');
    expect(withoutUser('file:///etc/passwd')).toBeUndefined();
    expect(withoutUser('no address')).toBeUndefined();
  });
});

describe('settings against what is measured', () => {
  const configured = {
    token: 'v',
    codec: 'h265',
    width: 1920,
    height: 1080,
    framesPerSecond: 25,
    bitsPerSecond: 4_000_000,
    keyFrameIntervalFrames: 50,
  };
  const stream = { codec: 'h265', width: 1920, height: 1088, transport: 'tcp' };
  const measured = {
    bytes: 1,
    spanMs: 5_000,
    frames: 120,
    framesPerSecond: 24.6,
    stampedFps: 25,
    bitsPerSecond: 4_300_000,
    keyFrames: 3,
    keyFrameIntervalSeconds: 2.03,
  };

  it('agree within what cameras do', () => {
    expect(compareEncoder(configured, { stream, measured })).toEqual([]);
    expect(compareEncoder({ token: 'v' }, { stream, measured })).toEqual([]);
    expect(compareEncoder(configured, {})).toEqual([]);
    expect(compareEncoder(configured, { stream: { ...stream, width: 1080, height: 1920 } })).toEqual([]);
  });

  it('differ in a sentence each', () => {
    expect(
      compareEncoder(configured, {
        stream: { codec: 'h264', width: 1280, height: 720, transport: 'tcp' },
        measured: { ...measured, framesPerSecond: 18.2, bitsPerSecond: 6_100_000, keyFrameIntervalSeconds: 8 },
      }),
    ).toEqual([
      'It is set to H.265, and delivers H.264.',
      'It is set to 1920 × 1080, and delivers 1280 × 720.',
      'It is set to 25 frames a second, and delivers 18.2.',
      'Its timestamps say 25 frames a second, and 18.2 arrive: recordings will have gaps.',
      'Its limit is 4.0 Mbit/s, and it sends 6.1 Mbit/s.',
      'It is set to a key frame every 2 seconds (50 frames), and sends one every 8.',
    ]);
  });
});

describe('events', () => {
  it.each([
    ['tns1:VideoSource/GlobalSceneChange/ImagingService', 'tamper'],
    ['tns1:RuleEngine/TamperDetector/Tamper', 'tamper'],
    ['tns1:VideoSource/ImageTooDark/AnalyticsService', 'too_dark'],
    ['tns1:VideoSource/ImageTooBlurry/ImagingService', 'too_blurry'],
    ['tns1:VideoSource/ImageTooBright/RecordingService', 'too_bright'],
    ['tns1:Device/HardwareFailure/FanFailure', 'hardware_failure'],
    ['tns1:Device/tns1:HardwareFailure/tns1:StorageFailure', 'storage_failure'],
    ['tns1:RuleEngine/CellMotionDetector/Motion', 'motion'],
    ['tns1:VideoSource/MotionAlarm', 'motion'],
    ['tns1:VideoAnalytics/tnsaxis:MotionDetection', 'motion'],
    ['tns1:Monitoring/ProcessorUsage', undefined],
    ['', undefined],
  ])('%s is %s', (topic, name) => {
    expect(eventName(topic)).toBe(name);
  });

  it('tell state and source; a property that is gone tells nothing', () => {
    const message = (operation: string, items: string): string =>
      `<NotificationMessage><Topic>tns1:RuleEngine/CellMotionDetector/Motion</Topic><Message><Message UtcTime="x" PropertyOperation="${operation}">
       <Source><SimpleItem Name="VideoSource" Value="vs0"/></Source><Data>${items}</Data></Message></Message></NotificationMessage>`;
    const answer = parseXml(
      `<r>${message('Changed', '<SimpleItem Name="Count" Value="0"/><SimpleItem Name="IsMotion" Value="true"/>')}${message('Deleted', '')}${message('Initialized', '<SimpleItem Name="IsMotion" Value="0"/>')}</r>`,
    );
    expect(messagesOf(answer, 5)).toMatchObject([
      { event: { event: 'motion', active: true, about: 'vs0', atMs: 5 } },
      {},
      { event: { active: false } },
    ]);
  });
});

describe('answers to discovery', () => {
  const policy = { allows: (ip: string) => ip.startsWith('192.168.') };
  const answer = (id: string, urls: string): string =>
    `<e><Header><RelatesTo>${id}</RelatesTo></Header><Body><ProbeMatches><ProbeMatch><EndpointReference><Address>urn:uuid:1</Address></EndpointReference>
     <Scopes>onvif://www.onvif.org/name/Gate%20North onvif://www.onvif.org/hardware/X1 onvif://www.onvif.org/location/%zz</Scopes><XAddrs>${urls}</XAddrs></ProbeMatch></ProbeMatches></Body></e>`;

  it('name addresses that the policy allows', () => {
    const text = answer(
      'q',
      'http://192.168.1.9/onvif/device_service http://169.254.169.254/x ftp://192.168.1.9/ http://a:b@192.168.1.9:8080/y',
    );
    expect(matchesOf(text, 'q', '192.168.1.9', { policy })).toEqual([
      {
        urls: ['http://192.168.1.9/onvif/device_service', 'http://192.168.1.9:8080/y'],
        address: '192.168.1.9',
        endpoint: 'urn:uuid:1',
        name: 'Gate North',
        hardware: 'X1',
        location: '%zz',
      },
    ]);
  });

  it('to another question, or to none, are left out', () => {
    expect(matchesOf(answer('other', 'http://192.168.1.9/'), 'q', '192.168.1.9', { policy })).toEqual([]);
    expect(childText(parseXml(answer('q', '')), 'Header', 'RelatesTo')).toBe('q');
    expect(matchesOf('<!DOCTYPE x><x/>', 'q', '192.168.1.9', { policy })).toEqual([]);
  });
});
