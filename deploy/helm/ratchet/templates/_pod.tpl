{{/* Of one component, which may have a user of its own: (dict "root" $ "component" NAME) */}}
{{- define "ratchet.kafkaEnv" -}}
{{- $kafka := .root.Values.kafka -}}
- name: KAFKA_BROKERS
  value: {{ required "kafka.brokers: expected host:port of your cluster" $kafka.brokers | quote }}
{{- with $kafka.topicPrefix }}
- name: KAFKA_TOPIC_PREFIX
  value: {{ . | quote }}
{{- end }}
- name: KAFKA_TLS
  value: {{ $kafka.tls | quote }}
{{- if $kafka.caSecret }}
- name: KAFKA_TLS_CA_FILE
  value: /etc/ratchet/kafka/ca.crt
{{- end }}
{{- with get $kafka.saslSecrets .component | default $kafka.saslSecret }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $kafka.saslMechanism }}
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

{{- define "ratchet.kafkaMount" -}}
{{- if .Values.kafka.caSecret }}
- { name: kafka-ca, mountPath: /etc/ratchet/kafka, readOnly: true }
{{- end }}
{{- end -}}

{{- define "ratchet.kafkaVolume" -}}
{{- with .Values.kafka.caSecret }}
- name: kafka-ca
  secret: { secretName: {{ . }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- end -}}

{{- define "ratchet.volumeMounts" -}}
- { name: home, mountPath: /var/lib/ratchet }
- { name: tmp, mountPath: /tmp }
{{- include "ratchet.kafkaMount" . }}
{{- if .Values.models }}
- { name: models, mountPath: /etc/ratchet/models, readOnly: true }
{{- end }}
{{- end -}}

{{- define "ratchet.volumes" -}}
- { name: home, emptyDir: {} }
- { name: tmp, emptyDir: {} }
{{- include "ratchet.kafkaVolume" . }}
{{- if .Values.models }}
- name: models
  configMap: { name: {{ include "ratchet.fullname" . }}-models }
{{- end }}
{{- end -}}
