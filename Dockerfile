# Targets: coordinator, node (with npx and uv), operator.
#   docker build --target node -t mcphub-node .
# All run as uid 1000 and with a read-only root file system, if /tmp can be written and executed from.
ARG BASE=node:24-slim

FROM ${BASE} AS dependencies
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# Only the operator talks to Kubernetes: that client costs 60 MB on disk and 90 MB in memory.
FROM ${BASE} AS operator-dependencies
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM ${BASE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json

# uv comes from the package index, so that no second image registry is needed.
FROM ${BASE} AS uv
ARG UV_VERSION=0.13.9
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3-pip \
  && pip3 install --no-cache-dir --no-deps --target /opt/uv "uv==${UV_VERSION}"

FROM ${BASE} AS app
WORKDIR /app
COPY --from=dependencies /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY package.json LICENSE ./
ENV NODE_ENV=production HOME=/tmp
USER 1000:1000
EXPOSE 3000 9464
ENTRYPOINT ["node", "/app/dist/bin/mcphub.js"]

FROM app AS coordinator
ENV MCPHUB_CLUSTER_MODE=coordinator
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT||9464}/readyz`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]

# Servers are started with npx and uvx; both keep what they download below /tmp. tini reaps what servers leave behind.
FROM app AS node
USER 0
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o 1000 -g 1000 /data
COPY --from=uv /opt/uv/bin/uv /opt/uv/bin/uvx /usr/local/bin/
USER 1000:1000
ENV MCPHUB_CLUSTER_MODE=node UV_PYTHON_PREFERENCE=system
ENTRYPOINT ["tini", "--", "node", "/app/dist/bin/mcphub.js"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT||9464}/readyz`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]

FROM app AS operator
COPY --from=operator-dependencies /src/node_modules node_modules
# It is idle most of the time: half the memory is worth half as much CPU again.
ENTRYPOINT ["node", "--optimize-for-size", "/app/dist/bin/mcphub.js"]
CMD ["operator"]
