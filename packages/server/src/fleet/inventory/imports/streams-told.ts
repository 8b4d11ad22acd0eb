import type { CameraFields, CameraStream } from '@vedette/wire/http';
import { type StreamRole, toldAddress } from '../read-address.ts';

type Told = { readonly username: string; readonly password: string };

/** Collects addresses of one camera: the address without its password, and the password apart. */
export class StreamsTold {
  readonly #streams: Partial<Record<StreamRole, CameraStream>> = {};
  #told: Told | undefined;

  /** False when the address cannot be used. The first of a role counts. */
  add(role: StreamRole, written: string, transport?: 'tcp' | 'udp'): boolean {
    const address = toldAddress(written, role);
    if (address === undefined) return false;
    if (this.#streams[role] === undefined)
      this.#streams[role] = { url: address.url, ...(transport === undefined ? {} : { transport }) };
    this.#told ??= address.credentials;
    return true;
  }

  has(role: StreamRole): boolean {
    return this.#streams[role] !== undefined;
  }

  get told(): Told | undefined {
    return this.#told;
  }

  fields(): Pick<CameraFields, 'streams'> {
    return Object.keys(this.#streams).length === 0 ? {} : { streams: this.#streams };
  }
}

/** `rtsp://host:8554/name`, for a server whose API is at `url`. */
export function restreamOf(url: string, restreamUrl: string | undefined, name: string): string {
  const base = restreamUrl ?? `rtsp://${new URL(url).hostname}:8554`;
  return `${base.replace(/\/+$/, '')}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
