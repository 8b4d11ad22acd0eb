import { CAMERA_FAMILIES, type CameraLines } from './camera-families.ts';

/**
 * The cameras' part of the page. Lines are written when something was learned of a camera, not when the page is asked for; a family of
 * which no line changed is not even put together again.
 */
export class CameraPage {
  readonly #families = CAMERA_FAMILIES.map(({ name, type, help, write }) => ({
    header: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`,
    write,
    lines: new Map<string, string>(),
    /** Undefined: to be put together. */
    text: '' as string | undefined,
  }));

  /** Writes the camera's lines anew. */
  update(camera: CameraLines): void {
    for (const family of this.#families) {
      const lines = family.write(camera);
      const before = family.lines.get(camera.id) ?? '';
      if (lines === before) continue;
      if (lines === '') family.lines.delete(camera.id);
      else family.lines.set(camera.id, flat(lines));
      family.text = undefined;
    }
  }

  remove(cameraId: string): void {
    for (const family of this.#families) if (family.lines.delete(cameraId)) family.text = undefined;
  }

  toString(): string {
    let page = '';
    for (const family of this.#families) {
      family.text ??= family.lines.size === 0 ? '' : family.header + [...family.lines.values()].join('');
      page += family.text;
    }
    return page;
  }
}

/** One piece of memory: what was put together from ten texts is kept as ten otherwise, for as long as nothing new is learned. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
