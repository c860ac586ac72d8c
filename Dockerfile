# docker build -t chat-gateway .
# .ci/image runs these steps with Debian's buildah, on root file systems made on the spot in place of the base images.
ARG BUILD=maven:3-eclipse-temurin-25
# Anything with a glibc: the gateway needs no shell, and neither do the steps on it.
ARG BASE=debian:trixie-slim

FROM ${BUILD} AS build
WORKDIR /src
COPY pom.xml .
RUN mvn -B -ntp -q dependency:go-offline
COPY conf conf
COPY docs docs
COPY src src
RUN mvn -B -ntp -q -Dmaven.test.skip=true -Dspotless.check.skip -Dcheckstyle.skip package
# Dependencies and code apart, so that a change of the code moves a small layer.
RUN java src/image/java/SplitJar.java target/chat-gateway.jar target/original-chat-gateway.jar /image/app \
    && cp conf/gateway.yaml conf/java.options /image/app/ && mkdir /image/data

# What of Java the gateway uses, and jcmd for whoever looks after it.
FROM ${BUILD} AS java
RUN jlink --output /opt/java --strip-java-debug-attributes --no-header-files --no-man-pages --compress=zip-6 --add-modules \
    java.base,java.compiler,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.sql,java.xml,jdk.crypto.cryptoki,jdk.crypto.ec,jdk.jcmd,jdk.jfr,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported,jdk.zipfs

FROM ${BASE}
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
COPY --from=java /opt/java /opt/java
COPY --from=build --chown=10001:10001 /image/data /data
COPY --from=build /image/app/lib /app/lib
COPY --from=build /image/app/java.options /image/app/gateway.yaml /app/
COPY --from=build /image/app/chat-gateway.jar /app/
# An archive of classes and profiles, made by a short run of this very JVM: the gateway is ready in half the time.
RUN ["/opt/java/bin/java", "@/app/java.options", "-XX:AOTCacheOutput=/app/chat-gateway.aot", \
    "-jar", "/app/chat-gateway.jar", "warm-up"]
LABEL org.opencontainers.image.title="chat-gateway" \
      org.opencontainers.image.description="WebSocket gateway and fan-out proxy for Azure Communication Services Chat" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
WORKDIR /app
ENV CHATGATEWAY_HTTP_HOST=0.0.0.0 CHATGATEWAY_DATA_DIRECTORY=/data
EXPOSE 8080 8443 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/opt/java/bin/java", "@/app/java.options", "-XX:TieredStopAtLevel=1", "-Xmx32m", "-Xmn8m", \
    "-jar", "/app/chat-gateway.jar", "health", "--config", "/app/gateway.yaml"]
ENTRYPOINT ["/opt/java/bin/java", "@/app/java.options", "-XX:AOTCache=/app/chat-gateway.aot", "-jar", "/app/chat-gateway.jar"]
CMD ["--config", "/app/gateway.yaml"]
