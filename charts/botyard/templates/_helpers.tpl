{{/* What finds the control API's pods. */}}
{{- define "botyard.selector" -}}
app.kubernetes.io/name: botyard
app.kubernetes.io/component: control
{{- end -}}

{{- define "botyard.labels" -}}
{{ include "botyard.selector" . }}
app.kubernetes.io/part-of: botyard
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "botyard.metadata" -}}
{{- if ne .Release.Namespace "botyard" -}}
{{- fail "Botyard lives in the namespace botyard, which release files name: helm install … -n botyard" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.fleet.remote) -}}
{{- fail "a fleet that Botyard hosts itself has one writer: replicas above 1 need fleet.remote" -}}
{{- end -}}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "botyard.labels" . | nindent 2 }}
{{- end -}}

{{/* What finds the runtime that drafts are tried in, and what it is called by. */}}
{{- define "botyard.draftsSelector" -}}
app.kubernetes.io/name: botyard
app.kubernetes.io/component: drafts
{{- end -}}

{{- define "botyard.drafts" -}}
{{ include "botyard.draftsSelector" . }}
app.kubernetes.io/part-of: botyard
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{/* What finds the embedded brain, and what it is called by. */}}
{{- define "botyard.brainSelector" -}}
app.kubernetes.io/name: botyard
app.kubernetes.io/component: brain
{{- end -}}

{{- define "botyard.brain" -}}
{{ include "botyard.brainSelector" . }}
app.kubernetes.io/part-of: botyard
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{/* Where Flux finds the fleet. */}}
{{- define "botyard.fleetUrl" -}}
{{- .Values.fleet.url | default .Values.fleet.remote | default "http://control.botyard.svc.cluster.local:8080/git/fleet.git" -}}
{{- end -}}

{{/* How a container of the control API is kept in. */}}
{{- define "botyard.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "botyard.pod" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "botyard.database" -}}
- name: BOTYARD_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.database.secret | quote }}, key: url}}
{{- end -}}
