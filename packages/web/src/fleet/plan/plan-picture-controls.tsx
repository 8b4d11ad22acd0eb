import type { SitePlan } from '@vedette/wire/http';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { deletePlan, savePlan } from '../../api/fleet.ts';
import { words } from '../../api/words.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorBox } from '../../ui/states.tsx';

/** What the server takes. */
const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/svg+xml'];
const BYTES_MAX = 4 * 1024 * 1024;

/** Uploads a picture of a site, or takes it away again. */
export function PlanPictureControls({
  site,
  picture,
}: {
  readonly site: string;
  readonly picture: SitePlan | undefined;
}): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [sure, setSure] = useState(false);
  const attempt = async (task: () => Promise<void>): Promise<void> => {
    try {
      await task();
      setFailure(null);
      setSure(false);
      await client.invalidateQueries({ queryKey: ['fleet-plans'] });
    } catch (error) {
      setFailure(words(error).detail);
    }
  };
  const upload = (file: File | undefined): void => {
    if (!file) return;
    if (!TYPES.includes(file.type))
      setFailure(`${file.name} is no picture that can be shown. Choose a PNG, JPEG, WebP or SVG file.`);
    else if (file.size > BYTES_MAX)
      setFailure(`${file.name} is larger than 4 MB. Make it smaller, for example as JPEG.`);
    else void attempt(() => savePlan(site, file));
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        aria-label={`Picture of ${site}`}
        accept={TYPES.join(',')}
        className="hidden"
        onChange={(event) => {
          upload(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <Button icon="upload" onClick={() => input.current?.click()}>
        {picture ? 'Another picture' : 'Upload a picture'}
      </Button>
      {picture ? (
        <Button icon="trash" onClick={() => (sure ? void attempt(() => deletePlan(site)) : setSure(true))}>
          {sure ? 'Really remove?' : 'Remove'}
        </Button>
      ) : null}
      {failure === null ? null : (
        <div className="basis-full">
          <ErrorBox title="The picture was not changed" detail={failure} />
        </div>
      )}
    </>
  );
}
