{{/* The restricted Pod Security Standard, for the operator and for the Pod of `helm test`. Nothing in values weakens it. */}}
{{- define "mcphub-operator.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "mcphub-operator.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
