// Made from operator/api/schema by "npm run generate": change that, not this.

/** What Prometheus and Grafana get. */
export interface MonitoringSpec {
  /**
   * How Prometheus finds coordinators and nodes. Other values than `none` need the CRDs of the Prometheus operator.
   * Default "none".
   */
  scrape?: 'none' | 'service-monitor' | 'pod-monitor';
  /** Time between two scrapes, as a duration of Prometheus. Default "30s". */
  interval?: string;
  /** Labels of the monitors and rules, by which Prometheus selects them, such as `release: prometheus`. */
  labels?: Record<string, string>;
  /** A PrometheusRule with alerts. It needs the CRDs of the Prometheus operator. Default false. */
  rules?: boolean;
  /** A ConfigMap with a dashboard for Grafana. Default false. */
  dashboard?: boolean;
  /** Labels of that ConfigMap, by which the sidecar of Grafana finds it. Default {"grafana_dashboard":"1"}. */
  dashboardLabels?: Record<string, string>;
}
