import type { Clock } from '../../../base/clock.ts';
import { VedetteError, isVedetteError } from '../../../base/errors.ts';
import { HtmlForm, type RunOptions, type TemplateRecord, type TemplateSet } from '../../../template/index.ts';
import { type Notification, truncated } from '../notification.ts';
import { routeLabelsFunction, withRouteLabels } from './route-labels.ts';
import { templateData } from './template-data.ts';

export interface NotificationTemplatesOptions {
  /** The same templates with functions that know what is safe in HTML; default: those for text. */
  readonly html?: TemplateSet;
  /** For `now` and `since`, which fail without it. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** The templates of a configuration, ready to be filled in with notifications. */
export class NotificationTemplates {
  readonly #text: TemplateSet;
  readonly #options: NotificationTemplatesOptions;

  constructor(text: TemplateSet, options: NotificationTemplatesOptions = {}) {
    this.#text = text;
    this.#options = options;
  }

  /** Fills in a setting's text, which may use what the template files define. Throws TEMPLATE_INVALID. */
  text(template: string, message: Notification): string {
    return this.of(message).text(template);
  }

  /** The templates with one message: its data is made once. */
  of(message: Notification): FilledTemplates {
    return new FilledTemplates(this.#text, this.#options, message);
  }

  /** Throws TEMPLATE_INVALID for settings that could never be filled in; `fields` are texts by the names of their settings. */
  check(fields: Readonly<Record<string, string | undefined>>): void {
    for (const [field, template] of Object.entries(fields)) {
      if (template === undefined || !template.includes('{{')) continue;
      try {
        this.#text.check(template);
      } catch (error) {
        if (!isVedetteError(error, 'TEMPLATE_INVALID')) throw error;
        throw new VedetteError('TEMPLATE_INVALID', `${field}: ${error.message}`, { cause: error });
      }
    }
  }
}

/** The templates of a configuration with one message. */
export class FilledTemplates {
  readonly #text: TemplateSet;
  readonly #html: TemplateSet;
  readonly #run: RunOptions;
  readonly #original: Notification;
  #filled: Filled | undefined;

  constructor(text: TemplateSet, { html, clock }: NotificationTemplatesOptions, message: Notification) {
    this.#text = text;
    this.#html = html ?? text;
    this.#run = clock ? { nowMs: clock.now() } : {};
    this.#original = message;
  }

  /** Throws TEMPLATE_INVALID. */
  readonly text = (template: string): string => {
    if (!template.includes('{{')) return template;
    const { data, run } = this.#fill();
    return this.#text.expand(template, data, run);
  };

  /** HTML in which nothing of the message is markup, unless the template says safeHtml. Throws TEMPLATE_INVALID. */
  readonly html = (template: string): string => {
    if (!template.includes('{{')) return template;
    const { data, run } = this.#fill();
    return this.#html.expand(template, data, { ...run, form: new HtmlForm() });
  };

  /** The same with the first alerts only; 0 means all. */
  truncatedTo(alertsMax: number): FilledTemplates {
    const message = truncated(this.message, alertsMax);
    if (message === this.message) return this;
    const fewer = new FilledTemplates(this.#text, { html: this.#html }, message);
    // Route labels are filled in already; what came out of them is not a template again.
    fewer.#filled = filled(message, this.#fill().run);
    return fewer;
  }

  /** The message with its route labels filled in. Throws TEMPLATE_INVALID. */
  get message(): Notification {
    return this.#fill().message;
  }

  #fill() {
    if (this.#filled) return this.#filled;
    const message = withRouteLabels(this.#original, this.#text, this.#run);
    const functions = routeLabelsFunction((name) =>
      Object.hasOwn(message.routeLabels, name) ? (message.routeLabels[name] ?? '') : '',
    );
    return (this.#filled = filled(message, { ...this.#run, functions }));
  }
}

interface Filled {
  readonly message: Notification;
  readonly run: RunOptions;
  readonly data: TemplateRecord;
}

/** The data is made for the first template that wants it: many receivers have none. */
function filled(message: Notification, run: RunOptions): Filled {
  let data: TemplateRecord | undefined;
  return {
    message,
    run,
    get data() {
      return (data ??= templateData(message));
    },
  };
}
