import { Component, type ReactNode } from 'react';
import { ErrorBox } from '../../ui/states.tsx';

interface Props {
  readonly resetKey: unknown;
  readonly children: ReactNode;
}

interface State {
  readonly fault: string | null;
  readonly resetKey: unknown;
}

/** A panel that cannot be drawn says so; its neighbours and its next answer are drawn. */
export class PanelFault extends Component<Props, State> {
  override state: State = { fault: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { fault: error instanceof Error ? error.message : String(error) };
  }

  static getDerivedStateFromProps(props: Props, state: State): State | null {
    return props.resetKey === state.resetKey ? null : { fault: null, resetKey: props.resetKey };
  }

  override render(): ReactNode {
    if (this.state.fault === null) return this.props.children;
    return <ErrorBox title="This panel cannot be drawn" detail={this.state.fault} />;
  }
}
