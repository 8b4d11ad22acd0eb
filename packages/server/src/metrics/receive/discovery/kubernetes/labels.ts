import { labelNamePart } from '../label-name.ts';
import type { Container, ContainerPort, Node, ObjectMeta, Pod, Service } from './objects.ts';

const PREFIX = '__meta_kubernetes_';

/** A target that is being put together; empty values are no labels. */
export class TargetLabels {
  readonly map = new Map<string, string>();

  constructor(base?: TargetLabels) {
    if (base) for (const [name, value] of base.map) this.map.set(name, value);
  }

  address(address: string): this {
    this.map.set('__address__', address);
    return this;
  }

  /** Any label by its whole name. */
  plain(name: string, value: string): this {
    if (value !== '') this.map.set(name, value);
    return this;
  }

  /** `__meta_kubernetes_<name>`. */
  set(name: string, value: string | number | boolean | undefined): this {
    const text = value === undefined ? '' : String(value);
    if (text !== '') this.map.set(PREFIX + name, text);
    return this;
  }

  /** `__meta_kubernetes_<kind>_label_*`, `…_labelpresent_*`, and the same for annotations. */
  texts(kind: string, meta: Pick<ObjectMeta, 'labels' | 'annotations'>): this {
    for (const [key, value] of meta.labels) {
      const part = labelNamePart(key);
      this.set(`${kind}_label_${part}`, value).set(`${kind}_labelpresent_${part}`, true);
    }
    for (const [key, value] of meta.annotations) {
      const part = labelNamePart(key);
      this.set(`${kind}_annotation_${part}`, value).set(`${kind}_annotationpresent_${part}`, true);
    }
    return this;
  }

  service(service: Service): this {
    return this.set('namespace', service.meta.namespace)
      .set('service_name', service.meta.name)
      .texts('service', service.meta);
  }

  pod(pod: Pod): this {
    return this.set('pod_name', pod.meta.name)
      .set('pod_ip', pod.ip)
      .set('pod_ready', pod.ready)
      .set('pod_phase', pod.phase)
      .set('pod_node_name', pod.node)
      .set('pod_host_ip', pod.hostIp)
      .set('pod_uid', pod.meta.uid)
      .set('pod_controller_kind', pod.meta.controller?.kind)
      .set('pod_controller_name', pod.meta.controller?.name)
      .texts('pod', pod.meta);
  }

  container(container: Container, port?: ContainerPort): this {
    this.set('pod_container_name', container.name)
      .set('pod_container_id', container.id)
      .set('pod_container_image', container.image)
      .set('pod_container_init', container.init);
    return port === undefined
      ? this
      : this.set('pod_container_port_name', port.name)
          .set('pod_container_port_number', port.number)
          .set('pod_container_port_protocol', port.protocol);
  }

  /** Of `attach_metadata`. */
  node(node: Node): this {
    this.set('node_name', node.meta.name);
    return this.texts('node', { labels: node.meta.labels, annotations: new Map() });
  }
}
