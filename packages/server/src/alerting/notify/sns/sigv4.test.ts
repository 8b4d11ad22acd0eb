import { describe, expect, it } from 'vitest';
import { awsEncode, signatureHeaders, signingKey } from './sigv4.ts';

/** Key and moment of Amazon's published test suite for Signature Version 4. */
const key = {
  accessKey: 'AKIDEXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
};
const atMs = Date.UTC(2015, 7, 30, 12, 36, 0);

describe("Amazon's signature, version 4", () => {
  it.each([
    [
      'GET',
      'https://example.amazonaws.com/',
      {},
      '',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    [
      'POST',
      'https://example.amazonaws.com/',
      {},
      '',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'GET',
      'https://example.amazonaws.com/?Param2=value2&Param1=value1',
      {},
      '',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'POST',
      'https://example.amazonaws.com/',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('of %s %s with %j', (method, url, headers, body, signature) => {
    const { authorization } = signatureHeaders({ method, url: new URL(url), headers, body }, key, atMs);
    expect(authorization).toContain('Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request');
    expect(authorization).toContain(`Signature=${signature}`);
  });

  it("of the documentation's request to IAM, with its key of the day", () => {
    const iam = { ...key, service: 'iam' };
    expect(signingKey(iam, '20150830').toString('hex')).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    );
    const request = {
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: '',
    };
    expect(signatureHeaders(request, iam, atMs)).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    });
  });

  it('encodes what Amazon encodes', () => {
    expect(awsEncode("aZ0-_.~ !'()*/:é")).toBe('aZ0-_.~%20%21%27%28%29%2A%2F%3A%C3%A9');
  });
});
