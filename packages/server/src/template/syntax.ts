/** The tree of a parsed template. Every node knows its offset in the text, for errors. */
export type Node = TextNode | ActionNode | BranchNode | CallNode | LoopControlNode;

export interface TextNode {
  readonly kind: 'text';
  readonly text: string;
}

export interface ActionNode {
  readonly kind: 'action';
  readonly pipe: Pipe;
}

export interface BranchNode {
  readonly kind: 'if' | 'range' | 'with';
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[] | undefined;
  readonly offset: number;
}

/** `{{template "name" pipeline}}`. */
export interface CallNode {
  readonly kind: 'template';
  readonly name: string;
  readonly pipe: Pipe | undefined;
  readonly offset: number;
}

export interface LoopControlNode {
  readonly kind: 'break' | 'continue';
}

export interface Pipe {
  /** Variables set by `:=` or `=`, with their dollar sign. */
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly offset: number;
}

export interface Command {
  readonly operands: readonly Operand[];
  readonly offset: number;
}

export type Operand =
  | { readonly kind: 'dot' | 'nil'; readonly offset: number }
  | { readonly kind: 'constant'; readonly value: boolean | string | number | bigint; readonly offset: number }
  | { readonly kind: 'field'; readonly names: readonly string[]; readonly offset: number }
  | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[]; readonly offset: number }
  | { readonly kind: 'function'; readonly name: string; readonly offset: number }
  | { readonly kind: 'pipe'; readonly pipe: Pipe; readonly names: readonly string[]; readonly offset: number };

/** Where offsets count from. */
export interface TemplateSource {
  readonly text: string;
  /** Name of the file; undefined for a text that stands in a setting or a rule. */
  readonly file?: string | undefined;
}

export interface ParsedTemplate {
  readonly source: TemplateSource;
  readonly body: readonly Node[];
  /** What `define` and `block` named. */
  readonly defined: ReadonlyMap<string, DefinedTemplate>;
}

/** A named template; in a TemplateSet it may come from another file than its caller. */
export interface DefinedTemplate {
  readonly source: TemplateSource;
  readonly body: readonly Node[];
}
