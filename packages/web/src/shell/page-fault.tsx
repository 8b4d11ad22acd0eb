import { Component, type ReactNode } from 'react';
import { ErrorBox } from '../ui/states.tsx';

/** Keeps a fault inside the page: rail, palette and other pages go on working. */
export class PageFault extends Component<
  { readonly children: ReactNode },
  { readonly fault: string | null; readonly at: string }
> {
  override state = { fault: null, at: '' };

  static getDerivedStateFromError(error: unknown): { fault: string; at: string } {
    return { fault: error instanceof Error ? error.message : String(error), at: window.location.pathname };
  }

  static getDerivedStateFromProps(
    _props: unknown,
    state: { fault: string | null; at: string },
  ): { fault: null; at: string } | null {
    // Another page was opened: the fault stays behind.
    return state.fault !== null && state.at !== window.location.pathname ? { fault: null, at: '' } : null;
  }

  override render(): ReactNode {
    if (this.state.fault === null) return this.props.children;
    return (
      <div className="p-3">
        <ErrorBox
          title="This page stopped working"
          detail={`${String(this.state.fault)}. Reload it; if that does not help, open another page and report the text above.`}
          onRetry={() => window.location.reload()}
        />
      </div>
    );
  }
}
