# `runtime` is the image of every bot's pod. BASE is any image with Python 3.11 or newer and its venv module.
ARG BASE=docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${BASE} AS tools
ENV PATH=/opt/tools/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_CACHE=1
# Read-only images can't keep what Python compiles at its first start.
ENV UV_COMPILE_BYTECODE=1 UV_PYTHON=/opt/botyard/bin/python
WORKDIR /build
COPY requirements/setup.txt requirements/
RUN python3 -m venv /opt/tools && pip install --quiet --require-hashes -r requirements/setup.txt
RUN python3 -m venv --without-pip /opt/botyard

FROM tools AS runtime-parts
COPY requirements/runtime.txt requirements/
RUN uv pip install --quiet --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md ./
COPY agent_runtime agent_runtime
RUN /opt/tools/bin/python -m hatchling build -t wheel -d /wheel && uv pip install --quiet --no-deps /wheel/*.whl

FROM ${BASE} AS common
ENV PATH=/opt/botyard/bin:$PATH PYTHONUNBUFFERED=1 BOTYARD_HOME=/var/lib/botyard
WORKDIR /var/lib/botyard

FROM common AS runtime
COPY --from=runtime-parts /opt/botyard /opt/botyard
USER 10001:10001
EXPOSE 8080
CMD ["python", "-m", "agent_runtime.pod"]
