import type { TemplateSet } from '../../../template/index.ts';
import type { Notification } from '../notification.ts';
import { templateData } from './template-data.ts';

/** The templates of a configuration, ready to be filled in with notifications. */
export class NotificationTemplates {
  readonly #text: TemplateSet;

  constructor(text: TemplateSet) {
    this.#text = text;
  }

  /** Fills in a setting's text, which may use what the template files define. Throws TEMPLATE_INVALID. */
  text(template: string, message: Notification): string {
    return template.includes('{{') ? this.#text.expand(template, templateData(message)) : template;
  }
}
