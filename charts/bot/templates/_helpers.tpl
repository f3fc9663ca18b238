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

{{/* The ports on public addresses that the specification needs, as JSON: those of its channels and models. */}}
{{- define "bot.ports" -}}
{{- $bot := .Values.bot -}}
{{- $model := $bot.model | default dict -}}
{{- $ports := dict -}}
{{- if omit ($bot.channels | default dict) "web" -}}
  {{- $_ := set $ports "443" true -}}
{{- end -}}
{{- $transcription := list -}}
{{- with $bot.transcription -}}
  {{- $transcription = list (dict "provider" "openai" | merge (deepCopy .)) -}}
{{- end -}}
{{- range concat (list $model) ($model.fallbacks | default list) $transcription -}}
  {{- if .base_url -}}
    {{- $url := urlParse .base_url -}}
    {{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
    {{- $_ := set $ports ($port | default (ternary "80" "443" (eq $url.scheme "http"))) true -}}
  {{- else if ne (.provider | default "embedded") "embedded" -}}
    {{- $_ := set $ports "443" true -}}
  {{- end -}}
{{- end -}}
{{- keys $ports | sortAlpha | toRawJson -}}
{{- end -}}

{{/* How many copies of the bot run, at the least and at the most. */}}
{{- define "bot.least" -}}
{{- (.Values.bot.scaling | default dict).min_replicas | default 1 -}}
{{- end -}}

{{- define "bot.most" -}}
{{- (.Values.bot.scaling | default dict).max_replicas | default 1 -}}
{{- end -}}
