import { describe, expect, it } from 'vitest';
import { Secret } from '../../base/config-schema.ts';
import { hiddenForms, secretsOf } from './hidden-secrets.ts';
import { withoutSecrets } from './retry.ts';

describe('texts that may come back in errors', () => {
  it.each([
    ['POST /services/T000/B000/abcDEF123456 failed', 'https://hooks.example/services/T000/B000/abcDEF123456'],
    ['no webhook abcDEF123456', 'https://hooks.example/services/T000/B000/abcDEF123456'],
    ['signature s3cr is wrong', 'https://hooks.example/workflow?sig=s3cr'],
    ['bad password p@ss', 'https://user:p%40ss@hooks.example/'],
    ['Basic dXNlcjpwYXNz is wrong', 'https://user:pass@hooks.example/'],
    ['token a/b+c= and a%2Fb%2Bc%3D', 'a/b+c='],
  ])('%s', (words, secret) => {
    const clean = withoutSecrets(words, hiddenForms(secret));
    expect(clean).toContain('<secret>');
    for (const part of ['abcDEF123456', 's3cr', 'p@ss', 'dXNlcjpwYXNz', 'a/b', 'a%2F'])
      expect(clean).not.toContain(part);
  });

  it('leave the host and plain words to read', () => {
    const forms = hiddenForms('https://hooks.example/services/T000/B000/abcDEF123456');
    expect(withoutSecrets('hooks.example: services are down', forms)).toBe('hooks.example: services are down');
  });

  it('are found wherever they stand in the settings', () => {
    const found = secretsOf({
      url: new Secret('https://a.example/key1234567890'),
      http_config: { basic_auth: { username: 'bot', password: new Secret('pass') } },
      list: [{ deep: new Secret('deep-secret') }],
    });
    for (const secret of ['key1234567890', 'pass', 'deep-secret', Buffer.from('bot:pass').toString('base64')])
      expect(found).toContain(secret);
  });
});
