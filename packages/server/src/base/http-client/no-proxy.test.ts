import { describe, expect, it } from 'vitest';
import { compileNoProxy } from './no-proxy.ts';

describe('no_proxy', () => {
  it.each([
    ['example.com', 'example.com', 80, true],
    ['example.com', 'a.example.com', 443, true],
    ['example.com', 'badexample.com', 80, false],
    ['EXAMPLE.com', 'Example.COM', 80, true],
    ['.example.com', 'example.com', 80, false],
    ['.example.com', 'a.example.com', 80, true],
    ['*.example.com', 'a.b.example.com', 80, true],
    ['*.example.com', 'example.com', 80, false],
    ['example.com:8080', 'example.com', 8080, true],
    ['example.com:8080', 'example.com', 80, false],
    ['.example.com:8080', 'a.example.com', 8080, true],
    ['10.0.0.0/8', '10.1.2.3', 80, true],
    ['10.0.0.0/8', '11.1.2.3', 80, false],
    ['10.0.0.0/8', 'ten.example.com', 80, false],
    ['10.0.0.7', '10.0.0.7', 9100, true],
    ['10.0.0.7:9100', '10.0.0.7', 9100, true],
    ['10.0.0.7:9100', '10.0.0.7', 9101, false],
    ['10.0.0.7', '10.0.0.70', 80, false],
    ['fd00::/8', '[fd00::1]', 80, true],
    ['fd00::1', '[fd00:0::1]', 80, true],
    ['[fd00::1]:81', '[fd00::1]', 81, true],
    ['[fd00::1]:81', '[fd00::1]', 80, false],
    ['*', 'anything.test', 1, true],
    [' a.test , b.test ', 'b.test', 80, true],
    ['', 'localhost', 80, true],
    ['', '127.0.0.53', 80, true],
    ['', '[::1]', 80, true],
    ['', '10.0.0.1', 80, false],
    ['10.0.0.0/99, /, :80, x/y/z', '10.0.0.1', 80, false],
    ['a.test', 'a.test.', 80, true],
  ])('the list %j and %s:%d', (list, host, port, direct) => {
    expect(compileNoProxy(list)(host, port)).toBe(direct);
  });
});
