import { describe, expect, it } from 'vitest';
import { ApiError, readErrorBody } from './client.ts';
import { errorSpan, pollFailure, words } from './words.ts';

describe('readErrorBody', () => {
  it('reads the Prometheus API and the own API', () => {
    expect(readErrorBody(400, '{"status":"error","errorType":"bad_data","error":"1:3: oops"}')).toMatchObject({
      code: 'bad_data',
      message: '1:3: oops',
    });
    expect(readErrorBody(404, '{"code":"NOT_FOUND","message":"nothing here"}')).toMatchObject({
      code: 'NOT_FOUND',
      message: 'nothing here',
    });
  });

  it('does not show the page of a proxy', () => {
    expect(readErrorBody(502, '<html>Bad gateway</html>').message).toBe('The server answered HTTP 502');
  });
});

describe('words', () => {
  it.each([
    [new ApiError('network', 'x'), 'No connection'],
    [new ApiError('timeout', 'x'), 'No answer in time'],
    [new ApiError('http', 'x', 400, 'bad_data'), 'The query is not valid'],
    [new ApiError('http', 'x', 500), 'The server failed'],
    [new TypeError('x'), 'Something went wrong in the page'],
  ])('gives %s a title', (error, title) => expect(words(error).title).toBe(title));
});

describe('errorSpan', () => {
  it.each([
    ['1:5: parse error: unexpected <by>', 'sum by(', { start: 4, end: 6 }],
    ['invalid parameter "query": 2:1: parse error', 'sum(\nfoo bar)', { start: 5, end: 8 }],
    ['no position', 'up', null],
    ['9:9: outside', 'up', null],
  ])('finds %j', (message, query, span) => expect(errorSpan(message, query)).toEqual(span));
});

it('leaves an outage to the banner while an older answer is on the page', () => {
  const offline = new ApiError('network', 'Vedette cannot be reached');
  expect(pollFailure({ data: [], error: offline })).toBeNull();
  expect(pollFailure({ data: undefined, error: offline })?.title).toBe('No connection');
  expect(pollFailure({ data: [], error: new ApiError('http', 'disk is full', 500) })?.detail).toBe('disk is full');
  expect(pollFailure({ data: [], error: null })).toBeNull();
});
