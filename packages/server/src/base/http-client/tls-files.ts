import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, type SecureContext, type SecureVersion, createSecureContext } from 'node:tls';
import { VedetteError, errorMessage } from '../errors.ts';
import type { TlsConfig } from './config.ts';
import { HttpFailure } from './http-failure.ts';

/** A rotated certificate is picked up this soon; comparing three files on each of 200 requests a second would be waste. */
const REREAD_MS = 5_000;

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

const PARTS = ['ca', 'cert', 'key'] as const;
type Material = { readonly [Part in (typeof PARTS)[number]]: string | undefined };

/** How connections are secured. */
export type TlsOptions = Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized' | 'servername'>;

/** The TLS side of a client: certificates from the configuration or from files, which are looked at again as time passes. */
export class TlsFiles {
  readonly #config: TlsConfig | undefined;
  readonly #fromFiles: boolean;
  #material: Material;
  #context: SecureContext;
  #readAtMs: number;

  /** Throws CONFIG_UNREADABLE when a file cannot be read, CONFIG_INVALID when what is in it is no certificate or key. */
  constructor(config: TlsConfig | undefined, nowMs: number) {
    this.#config = config;
    this.#fromFiles = PARTS.some((part) => (config?.[`${part}_file`] ?? '') !== '');
    this.#readAtMs = nowMs;
    this.#material = materialOf(config, (file, key) => {
      try {
        return readFileSync(file, 'utf8');
      } catch (error) {
        throw new VedetteError('CONFIG_UNREADABLE', `tls_config.${key}: ${errorMessage(error)}`, { cause: error });
      }
    });
    try {
      this.#context = contextOf(config, this.#material);
    } catch (error) {
      throw new VedetteError(
        'CONFIG_INVALID',
        `tls_config: ${errorMessage(error)}; check the certificates and the key`,
        {
          cause: error,
        },
      );
    }
  }

  /** How connections that are opened now are secured. */
  options(): TlsOptions {
    const { server_name: serverName, insecure_skip_verify: insecure } = this.#config ?? {};
    return {
      secureContext: this.#context,
      rejectUnauthorized: insecure !== true,
      ...(serverName !== undefined && serverName !== '' && { servername: serverName }),
    };
  }

  /** True when it is time to look at the files again. */
  isDue(nowMs: number): boolean {
    return this.#fromFiles && nowMs - this.#readAtMs >= REREAD_MS;
  }

  /** Looks at the files. True when one has changed, so that connections must be opened anew. Rejects with HttpFailure while one cannot be used. */
  async changed(nowMs: number): Promise<boolean> {
    const before = this.#readAtMs;
    this.#readAtMs = nowMs;
    try {
      const files = new Map<string, string>();
      for (const part of PARTS) {
        const file = this.#config?.[`${part}_file`] ?? '';
        if (file !== '') files.set(file, await readFile(file, 'utf8'));
      }
      const material = materialOf(this.#config, (file) => files.get(file) ?? '');
      if (PARTS.every((part) => material[part] === this.#material[part])) return false;
      this.#context = contextOf(this.#config, material);
      this.#material = material;
      return true;
    } catch (error) {
      // The next request looks again at once: a half-written file is whole a moment later.
      this.#readAtMs = before;
      throw new HttpFailure(`the certificates of tls_config cannot be used: ${errorMessage(error)}`, error);
    }
  }
}

function materialOf(config: TlsConfig | undefined, read: (file: string, key: string) => string): Material {
  const text = (inline: string | undefined, file: string | undefined, key: string): string | undefined =>
    inline !== undefined && inline !== '' ? inline : file === undefined || file === '' ? undefined : read(file, key);
  return {
    ca: text(config?.ca, config?.ca_file, 'ca_file'),
    cert: text(config?.cert, config?.cert_file, 'cert_file'),
    key: text(config?.key?.reveal(), config?.key_file, 'key_file'),
  };
}

/** Throws what OpenSSL says of a bad certificate, or of a key that does not belong to it. */
function contextOf(config: TlsConfig | undefined, { ca, cert, key }: Material): SecureContext {
  const { min_version: min, max_version: max } = config ?? {};
  // OpenSSL takes a text without certificates for an empty list, which would trust nobody.
  if (ca !== undefined && !/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(ca))
    throw new Error('ca holds no certificate');
  return createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(min !== undefined && { minVersion: VERSIONS[min] as SecureVersion }),
    ...(max !== undefined && { maxVersion: VERSIONS[max] as SecureVersion }),
    // OpenSSL 3 speaks the old versions below its default security level only.
    ...([min, max].some((version) => version === 'TLS10' || version === 'TLS11') && { ciphers: 'DEFAULT@SECLEVEL=0' }),
  });
}
