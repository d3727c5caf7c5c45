# One image; the start command chooses: serve (default), worker, migrate.
#
# scripts/dockerfile_dry_run.py runs these steps where no image can be built.

FROM python:3.13-slim AS packages
WORKDIR /build
COPY requirements.lock .
RUN python3 -m venv /opt/throughline/venv
RUN /opt/throughline/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.13-slim
WORKDIR /opt/throughline
ENV PATH=/opt/throughline/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV THROUGHLINE_DATABASE_URL=sqlite:////var/lib/throughline/throughline.db
RUN useradd --system --uid 10001 --no-create-home throughline
RUN mkdir -p /var/lib/throughline
RUN chown throughline /var/lib/throughline
COPY --from=packages /opt/throughline/venv venv
COPY LICENSE NOTICE pyproject.toml ./
COPY app app
COPY bpmn bpmn
COPY migrations migrations
COPY examples examples
RUN python -m compileall -q app bpmn migrations
USER throughline
VOLUME /var/lib/throughline
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/api/v1/health', timeout=2)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
