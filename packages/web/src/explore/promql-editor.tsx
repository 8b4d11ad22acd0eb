import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { type ReactNode, useEffect, useRef } from 'react';
import { CompletionClient } from './completion-client.ts';

const theme = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': {
    fontFamily: 'var(--font-mono, ui-monospace, monospace)',
    padding: '7px 0',
    caretColor: 'var(--ink)',
  },
  '.cm-placeholder': { color: 'var(--ink3)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--ink)' },
  '.cm-completionDetail': { color: 'var(--ink3)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-soft) !important' },
});

const highlight = HighlightStyle.define([
  { tag: [tags.variableName, tags.labelName], color: 'var(--ink)' },
  {
    tag: [tags.function(tags.variableName), tags.keyword, tags.operatorKeyword, tags.modifier],
    color: 'var(--accent)',
  },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: [tags.number], color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--ink3)' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

export interface PromqlEditorProps {
  readonly value: string;
  readonly label: string;
  readonly onChange: (value: string) => void;
  readonly onRun: (value: string) => void;
}

/** PromQL with completion and underlined mistakes. Enter runs the query, Shift Enter as well; Alt Enter starts a line. */
export function PromqlEditor({ value, label, onChange, onRun }: PromqlEditorProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ value, onChange, onRun });
  useEffect(() => {
    latest.current = { value, onChange, onRun };
  });
  useEffect(() => {
    if (!host.current) return;
    const promql = new PromQLExtension().setComplete({ remote: new CompletionClient() });
    const run = (target: EditorView): boolean => {
      latest.current.onRun(target.state.doc.toString());
      return true;
    };
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          theme,
          syntaxHighlighting(highlight),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label }),
          placeholder('PromQL, for example rate(node_cpu_seconds_total[5m])'),
          promql.asExtension(),
          // Completion's own Enter stands before these; with no suggestion chosen, Enter runs.
          keymap.of([
            ...completionKeymap,
            { key: 'Enter', run },
            { key: 'Shift-Enter', run },
            { key: 'Alt-Enter', run: insertNewlineAndIndent },
          ]),
          Prec.low(keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap])),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
      promql.destroy();
    };
    // The editor owns its text; changes from outside arrive in the next effect.
  }, [label]);
  useEffect(() => {
    const current = view.current;
    if (current && current.state.doc.toString() !== value) {
      current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
    }
  }, [value]);
  return <div ref={host} className="min-w-0 flex-1 rounded-md border border-line focus-within:border-accent" />;
}
