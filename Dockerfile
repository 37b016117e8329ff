# Two images from one build: a silo, and a front door that is its client.
#   docker build --target silo -t rialto-silo .
#   docker build --target front-door -t rialto .

# The console in the browser: the SDK's image has no Node.js, so it has a stage of its own.
FROM node:22-slim AS console
WORKDIR /source/Web
COPY Web/package.json Web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY Web/ ./
RUN CONSOLE_OUT=/console/ npm run build && test -f /console/index.html

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# What is to be restored changes less often than the code: this layer is kept.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY Journal/*.csproj Journal/
COPY Markets/*.csproj Markets/
COPY Protocols/*.csproj Protocols/
COPY Runtime/*.csproj Runtime/
COPY Demo/*.csproj Demo/
COPY Embedded/*.csproj Embedded/
COPY GrainInterfaces/*.csproj GrainInterfaces/
COPY Grains/*.csproj Grains/
COPY Silo/*.csproj Silo/
COPY Api/*.csproj Api/
RUN dotnet restore Api/Api.csproj
COPY . .
# Where the API's build looks for the console; without Node.js it takes what is there.
COPY --from=console /console/ Api/obj/console/
RUN dotnet publish Silo/Silo.csproj -c Release --no-restore -o /out/silo \
    && dotnet publish Api/Api.csproj -c Release --no-restore -o /out/front-door \
    && test -f /out/front-door/wwwroot/index.html

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS base
# Asked by the health checks below.
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
USER $APP_UID
WORKDIR /app

FROM base AS silo
COPY --from=build /out/silo .
ENV RIALTO_URLS=http://0.0.0.0:5090
EXPOSE 11111 30000 5090
HEALTHCHECK --interval=5s --timeout=2s --start-period=30s CMD curl -fsS http://127.0.0.1:5090/health/ready || exit 1
ENTRYPOINT ["dotnet", "Rialto.Silo.dll"]

FROM base AS front-door
COPY --from=build /out/front-door .
ENV RIALTO_URLS=http://0.0.0.0:5080 RIALTO_ENGINE=orleans RIALTO_JOURNAL=postgres RIALTO_GATEWAY=true
EXPOSE 5080
HEALTHCHECK --interval=5s --timeout=2s --start-period=30s CMD curl -fsS http://127.0.0.1:5080/health/ready || exit 1
ENTRYPOINT ["dotnet", "Rialto.Api.dll"]
