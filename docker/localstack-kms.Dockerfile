# LocalStack with its KMS alone, from pinned packages: no account, no token, nothing fetched when it runs.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ARG PIP_OPTIONS=""
ARG PINS=harness/targets/localstack/requirements-2026.3.0.txt
RUN python3 -m venv /tools && python3 -m venv --without-pip /app
COPY . /src
RUN /tools/bin/python -m pip --python /app/bin/python install --no-cache-dir --disable-pip-version-check \
    --no-deps ${PIP_OPTIONS} --requirement "/src/${PINS}" && cp /src/docker/localstack-warmup.py /app/warmup.py

FROM ${PYTHON}
COPY --from=build /app /app
RUN echo "localstack:x:10001:10001::/state:/usr/sbin/nologin" >> /etc/passwd && echo "localstack:x:10001:" >> /etc/group \
    && mkdir /state && chown 10001:10001 /state
# The last three stop calls to the outside; OVERRIDE_IN_DOCKER keeps its files under FILESYSTEM_ROOT.
ENV PATH=/app/bin:$PATH HOME=/state PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    SERVICES=kms GATEWAY_SERVER=hypercorn GATEWAY_LISTEN=0.0.0.0:4566 OVERRIDE_IN_DOCKER=0 FILESYSTEM_ROOT=/state/files \
    DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 DNS_ADDRESS=0
USER 10001:10001
# The first call ever reads the catalogue of services, which takes seconds; what it keeps is part of the image.
RUN python /app/warmup.py
EXPOSE 4566
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "/app/warmup.py", "--only-ask"]
CMD ["python", "-m", "localstack.runtime.main"]
