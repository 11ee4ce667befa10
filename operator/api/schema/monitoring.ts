import { choice, flag, map, type Shape, text } from './field.ts';
import { labels } from './pods.ts';

const DURATION = '(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?';

export const MONITORING: Shape = {
  name: 'MonitoringSpec',
  description: 'What Prometheus and Grafana get.',
  fields: {
    scrape: choice(
      'How Prometheus finds coordinators and nodes. Other values than `none` need the CRDs of the Prometheus operator.',
      ['none', 'service-monitor', 'pod-monitor'],
      { default: 'none' },
    ),
    interval: text('Time between two scrapes, as a duration of Prometheus.', {
      minLength: 2,
      maxLength: 32,
      default: '30s',
      rules: [
        {
          rule: `self.matches('^${DURATION}$')`,
          message: 'interval must be a duration of Prometheus, such as 30s or 1m30s',
        },
      ],
    }),
    labels: labels(
      'Labels of the monitors and rules, by which Prometheus selects them, such as `release: prometheus`.',
    ),
    rules: flag('A PrometheusRule with alerts. It needs the CRDs of the Prometheus operator.', { default: false }),
    dashboard: flag('A ConfigMap with a dashboard for Grafana.', { default: false }),
    dashboardLabels: map(
      'Labels of that ConfigMap, by which the sidecar of Grafana finds it.',
      text('Value of the label.', { maxLength: 63 }),
      { maxProperties: 64, default: { grafana_dashboard: '1' } },
    ),
  },
};
