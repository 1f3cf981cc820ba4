# One image for all services; docker-compose.yml gives each container its command.
# Nothing in it depends on the processor: what runs is JavaScript, so that the same file builds for amd64 and arm64.

# To build from exactly the same base each time: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:<digest>
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY proto proto
COPY scripts scripts
COPY src src
RUN npm run build
# What a named volume begins with, and whose it is, is what the image has there: a service could not write to one of root.
COPY volumes/catalog/initial_catalog.csv volumes/catalog/
RUN mkdir volumes/order-1 volumes/order-2 volumes/order-3

# A stage of its own, so that a change of the sources leaves this layer as it was. No script of a package runs here, and
# optional packages are left out: none is needed at run time. The list of what is in it (SBOM) is made from what is
# installed: npm would count only a part of the packages as long as the manifest names those of development.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts \
  && npm pkg delete devDependencies \
  && npm sbom --omit=optional --sbom-format=cyclonedx --sbom-type=application >sbom.json \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' \
    -o -name '*.md' ! -iname 'licen[cs]e*' \) -delete

# The base without what only building needs, as one layer.
FROM ${NODE_IMAGE} AS base
RUN --mount=source=scripts/slim_base.sh,target=/slim_base.sh /slim_base.sh

FROM scratch
COPY --from=base / /
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/sbom.json ./
COPY package.json ./
COPY scripts/container_*.sh scripts/
COPY volumes/catalog/initial_catalog.csv ./
COPY proto proto
COPY --from=build /app/generated generated
COPY --from=build /app/dist/src dist/src
COPY --from=build --chown=1000:1000 /app/volumes volumes
# Whoever starts it without Compose does not start it as root either.
USER 1000:1000
CMD ["node", "dist/src/cli/stock.js", "--help"]
