# One image for all services; docker-compose.yml gives each container its command.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY proto proto
COPY scripts scripts
COPY src src
RUN npm run build

# A stage of its own, so that a change of the sources leaves this layer, the largest one, as it was.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY scripts/container_*.sh scripts/
COPY volumes/catalog/initial_catalog.csv ./
COPY package.json ./
COPY proto proto
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/generated generated
COPY --from=build /app/dist/src dist/src
# Starts as root only to settle who owns the state; the service itself runs as an ordinary user.
ENTRYPOINT ["scripts/container_entrypoint.sh"]
