{{/* The owner, whose namespace is user-<owner>. */}}
{{- define "bot.owner" -}}
{{- trimPrefix "user-" .Release.Namespace -}}
{{- end -}}

{{/* What finds the bot's pods; never changes in the life of a bot. */}}
{{- define "bot.selector" -}}
app.kubernetes.io/name: bot
app.kubernetes.io/instance: {{ .Values.bot.name | quote }}
{{- end -}}

{{- define "bot.labels" -}}
{{ include "bot.selector" . }}
app.kubernetes.io/part-of: botyard
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{/* The Kubernetes name of a secret: list of the bot's name and the secret's. */}}
{{- define "bot.secretName" -}}
{{- printf "%s.%s" (index . 0) (index . 1 | lower | replace "_" "-") -}}
{{- end -}}
