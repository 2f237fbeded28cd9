# One image for migrate, api and worker; compose.yaml names the command of each.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --no-create-home --home-dir /nonexistent baobei
WORKDIR /srv/baobei

# The dependencies first: their layer is built again only when the lock changes.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY pyproject.toml README.md ./
COPY shared shared
COPY services services
COPY migrations migrations
RUN pip install --no-deps --no-build-isolation .

USER baobei
EXPOSE 8000
CMD ["uvicorn", "--factory", "baobei_api.app:create_app", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--no-server-header", "--no-proxy-headers"]
