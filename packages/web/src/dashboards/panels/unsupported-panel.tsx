import type { PanelModel } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';

export function UnsupportedPanel({
  panel,
  onInspect,
}: {
  readonly panel: PanelModel;
  readonly onInspect: () => void;
}): ReactNode {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 overflow-auto p-2 text-center text-ink2">
      <span className="text-ink3">
        <Icon name="off" size={22} />
      </span>
      <p>
        Panels of type <code className="font-mono">{panel.sourceType}</code> are not drawn in this version.
      </p>
      <Button onClick={onInspect}>Show its definition</Button>
    </div>
  );
}
