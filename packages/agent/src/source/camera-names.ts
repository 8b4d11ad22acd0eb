import { shortText } from './bounded-json.ts';

/** Cameras of one server. */
export const CAMERAS_PER_SERVER_MAX = 5_000;

/**
 * How the server's name of a stream becomes `camera_id`: by a map or a function; what it does not name is called as the server calls it,
 * unless `onlyMapped`.
 */
export interface CameraNaming {
  readonly cameras?: Readonly<Record<string, string>> | ((name: string) => string | undefined);
  /** Streams without a camera are left out: a server may have more streams than there are cameras in the inventory. */
  readonly onlyMapped?: boolean;
}

/** Undefined: not one of ours, or no name that a label could bear. */
export function cameraIdOf(naming: CameraNaming, name: string): string | undefined {
  if (shortText(name) === undefined) return undefined;
  const { cameras } = naming;
  const mapped =
    typeof cameras === 'function' ? cameras(name) : cameras && Object.hasOwn(cameras, name) ? cameras[name] : undefined;
  return mapped ?? (naming.onlyMapped === true ? undefined : name);
}
