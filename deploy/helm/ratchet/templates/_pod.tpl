{{- define "ratchet.kafkaEnv" -}}
- name: KAFKA_BROKERS
  value: {{ required "kafka.brokers: expected host:port of your cluster" .Values.kafka.brokers | quote }}
- name: KAFKA_TLS
  value: {{ .Values.kafka.tls | quote }}
{{- with .Values.kafka.saslSecret }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $.Values.kafka.saslMechanism }}
- name: KAFKA_SASL_USERNAME
  valueFrom: { secretKeyRef: { name: {{ . }}, key: username } }
- name: KAFKA_SASL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . }}, key: password } }
{{- end }}
{{- end -}}

{{- define "ratchet.databaseEnv" -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ required "database.secret: expected the name of a secret with the key url" .Values.database.secret }}, key: url } }
{{- end -}}

{{- define "ratchet.artifactsEnv" -}}
- name: ARTIFACTS_URL
  value: {{ required "artifacts.url: expected s3://bucket/prefix" .Values.artifacts.url | quote }}
{{- with .Values.artifacts.s3Endpoint }}
- name: S3_ENDPOINT
  value: {{ . | quote }}
{{- end }}
- name: S3_REGION
  value: {{ .Values.artifacts.s3Region | quote }}
{{- with .Values.artifacts.secret }}
- name: S3_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ . }}, key: access-key } }
- name: S3_SECRET_KEY
  valueFrom: { secretKeyRef: { name: {{ . }}, key: secret-key } }
{{- end }}
{{- end -}}

{{- define "ratchet.homeEnv" -}}
- name: RATCHET_HOME
  value: /var/lib/ratchet
{{- if .Values.models }}
- name: MODELS_DIR
  value: /etc/ratchet/models
{{- end }}
{{- end -}}

{{- define "ratchet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "ratchet.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "ratchet.volumeMounts" -}}
- { name: home, mountPath: /var/lib/ratchet }
- { name: tmp, mountPath: /tmp }
{{- if .Values.models }}
- { name: models, mountPath: /etc/ratchet/models, readOnly: true }
{{- end }}
{{- end -}}

{{- define "ratchet.volumes" -}}
- { name: home, emptyDir: {} }
- { name: tmp, emptyDir: {} }
{{- if .Values.models }}
- name: models
  configMap: { name: {{ include "ratchet.fullname" . }}-models }
{{- end }}
{{- end -}}
