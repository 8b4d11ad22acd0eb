import type { PanelModel } from '@vedette/wire/http';
import type { Theme } from '../../ui/theme.ts';
import type { Frame } from '../data/frame.ts';

export interface DrawProps {
  readonly panel: PanelModel;
  readonly frames: readonly Frame[];
  readonly title: string;
  readonly theme: Theme;
}
