# EBANA with both plugins and libngspice.
#   docker build -t ebana .
#   docker run --rm ebana demo xor
#   docker run --rm -v "$PWD:/work" ebana runs list
FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libngspice0 \
    && rm -rf /var/lib/apt/lists/*
COPY . /source
RUN pip install --no-cache-dir "/source[analysis,draw,numba,plot,report,serve]" \
        /source/plugins/ebana_diode_mos /source/plugins/ebana_memristor \
    && rm -rf /source \
    && useradd --create-home user
USER user
WORKDIR /work
ENTRYPOINT ["ebana"]
CMD ["doctor"]
