import type { Secret } from '../../base/config-schema.ts';
import type { HttpClientConfig } from '../../base/http-client/index.ts';
import type { Matcher } from '../../model/matcher.ts';

/**
 * A whole Alertmanager file as the engine uses it: loaded, checked, defaults filled in, and everything that routes inherit written
 * out. Who reads the file (or the inline section) makes it; dispatcher, muters, receivers and pages only read it.
 */
export interface AlertmanagerConfig {
  readonly global: AlertmanagerGlobal;
  readonly route: RouteNode;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: readonly NamedTimeInterval[];
  readonly receivers: readonly ReceiverModel[];
  /** Globs of template files, absolute. */
  readonly templates: readonly string[];
  /** The file as YAML, with `<secret>` in the places of secrets; undefined for the inline section. */
  readonly original?: string;
}

/** One route with what it inherited. */
export interface RouteNode {
  /** Matchers from the root down, `{}/{severity="critical"}`; the beginning of its groups' keys. Siblings may share it. */
  readonly key: string;
  /** `key` and the position among its siblings at each level; no two routes share it. The root's is its key. */
  readonly id: string;
  /** Name of a receiver that exists. */
  readonly receiver: string;
  /** All must match; none at the root. */
  readonly matchers: readonly Matcher[];
  /** Whether routes after this one are looked at too. */
  readonly continue: boolean;
  /** As written; empty with `groupByAll`. */
  readonly groupBy: readonly string[];
  /** `['...']`: a group for each set of labels. */
  readonly groupByAll: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Names of time intervals; quiet while any holds. */
  readonly muteTimeIntervals: readonly string[];
  /** Names of time intervals; quiet while none holds, unless there are none. */
  readonly activeTimeIntervals: readonly string[];
  /** The route's own and inherited `labels`, for templates. */
  readonly labels: Readonly<Record<string, string>>;
  readonly routes: readonly RouteNode[];
}

/** Alerts that match `target` are quiet while one that matches `source` fires, with equal values of the `equal` labels. */
export interface InhibitRule {
  readonly name: string | undefined;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

export interface NamedTimeInterval {
  readonly name: string;
  /** Holds when any does. */
  readonly intervals: readonly TimeInterval[];
}

/** Holds when each part that is not empty holds; ranges include both ends but for minutes. */
export interface TimeInterval {
  /** Minutes since midnight, the end (at most 1440) not included. */
  readonly times: readonly NumberRange[];
  /** 0 is Sunday. */
  readonly weekdays: readonly NumberRange[];
  /** 1 to 31; from the month's end, -1 is its last day. */
  readonly daysOfMonth: readonly NumberRange[];
  /** 1 is January. */
  readonly months: readonly NumberRange[];
  readonly years: readonly NumberRange[];
  /** IANA name of the time zone, such as `Europe/Berlin` or `UTC`. */
  readonly location: string;
}

export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

export interface ReceiverModel {
  readonly name: string;
  /** For filters of the API; `name` is always among those of Alertmanager. */
  readonly labels?: Readonly<Record<string, string>>;
  /** In the order of ReceiverKinds, then as written: an integration's place in it is part of its name in the log. */
  readonly integrations: readonly IntegrationModel[];
}

export interface IntegrationModel {
  /** `key` of its ReceiverKind, such as `webhook_configs`. */
  readonly kind: string;
  /** What the kind's schema made of the entry. */
  readonly config: IntegrationConfig;
  readonly sendResolved: boolean;
}

/** What every kind's configuration has. */
export interface IntegrationConfig {
  readonly send_resolved: boolean;
}

/** The section `global`, in the file's own spelling: what integrations take where they say nothing themselves. */
export interface AlertmanagerGlobal {
  /** Milliseconds. */
  readonly resolve_timeout: number;
  readonly http_config?: HttpClientConfig;
  readonly smtp_from?: string;
  readonly smtp_hello?: string;
  readonly smtp_smarthost?: string;
  readonly smtp_auth_username?: string;
  readonly smtp_auth_password?: Secret;
  readonly smtp_auth_password_file?: string;
  readonly smtp_auth_secret?: Secret;
  readonly smtp_auth_secret_file?: string;
  readonly smtp_auth_identity?: string;
  readonly smtp_require_tls?: boolean;
  readonly smtp_force_implicit_tls?: boolean;
  readonly smtp_tls_config?: HttpClientConfig['tls_config'];
  readonly slack_api_url?: Secret;
  readonly slack_api_url_file?: string;
  readonly slack_app_token?: Secret;
  readonly slack_app_token_file?: string;
  readonly slack_app_url?: string;
  readonly pagerduty_url?: string;
  readonly opsgenie_api_url?: string;
  readonly opsgenie_api_key?: Secret;
  readonly opsgenie_api_key_file?: string;
  readonly wechat_api_url?: string;
  readonly wechat_api_secret?: Secret;
  readonly wechat_api_secret_file?: string;
  readonly wechat_api_corp_id?: string;
  readonly victorops_api_url?: string;
  readonly victorops_api_key?: Secret;
  readonly victorops_api_key_file?: string;
  readonly telegram_api_url?: string;
  readonly telegram_bot_token?: Secret;
  readonly telegram_bot_token_file?: string;
  readonly webex_api_url?: string;
  readonly rocketchat_api_url?: string;
  readonly rocketchat_token?: Secret;
  readonly rocketchat_token_file?: string;
  readonly rocketchat_token_id?: Secret;
  readonly rocketchat_token_id_file?: string;
  readonly jira_api_url?: string;
  readonly mattermost_webhook_url?: Secret;
  readonly mattermost_webhook_url_file?: string;
}
